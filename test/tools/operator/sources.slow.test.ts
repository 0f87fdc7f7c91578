import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { packageTemplate } from '../../fixtures/packaged-template.ts';

/** The line and column of a text, counted from 1. */
function placeOf(text: string, within: string): [number, number] {
  const before = within.slice(0, within.indexOf(text)).split('\n');
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}

test.each([
  ['a bundle with routes', 'notFound', 'not-found', 'lib/http/not-found.ts', 'is not allowed here'],
  ['a bundle without routes', 'loginOidc', 'login-oidc', 'lib/http/oidc-routes.ts', 'ID token rejected: '],
])(
  'npm run stack finds the place in a packaged function: %s',
  async (_what, name, handler, file, text) => {
    const zip = (await packageTemplate()).zips.get(`${name}.zip`) ?? new Uint8Array();
    const bundle = strFromU8(unzipSync(zip)[`handlers/${handler}.cjs`] ?? new Uint8Array());
    const [line, column] = placeOf(text, bundle);
    const command = ['lib/tools/operator/stack.ts', '--stage', 'dev'];
    const input = `at /var/task/handlers/${handler}.cjs:${line}:${column}\n`;
    const found = execFileSync(process.execPath, command, { input, encoding: 'utf8' });
    const [sourceLine] = placeOf(text, readFileSync(file, 'utf8'));
    expect(found).toMatch(new RegExp(`^at ${file}:${sourceLine}:\\d+\\n$`));
  },
  300_000,
);
