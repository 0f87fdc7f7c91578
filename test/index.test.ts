import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileOfPackage } from '../lib/dev/installed-packages.ts';

const FOLDER = join(process.cwd(), `.build/examples-${process.pid}`);

interface Exported {
  readonly name: string;
  /** Its documentation, without the stars. */
  readonly comment: string;
}

/** What lib/index.ts exports, apart from types. */
async function exportedValues(): Promise<Exported[]> {
  const index = await readFile('lib/index.ts', 'utf8');
  const values: Exported[] = [];
  for (const [, names = '', file = ''] of index.matchAll(/^export \{([^}]*)\} from '(.*)';$/gm)) {
    const source = await readFile(join('lib', file), 'utf8');
    for (const name of names.split(',').map((text) => text.trim())) {
      if (name !== '' && !name.startsWith('type ')) values.push({ name, comment: commentOf(name, source) });
    }
  }
  return values;
}

/** The comment that ends just before the first declaration of the name. */
function commentOf(name: string, source: string): string {
  const [before = ''] = source.split(new RegExp(`^export (?:async )?(?:const|function|class) ${name}\\b`, 'm'));
  const comment = before.slice(before.lastIndexOf('/**'));
  return comment.trimEnd().endsWith('*/') ? comment.replaceAll(/^ \* ?/gm, '') : '';
}

const examplesOf = ({ comment }: Exported): string[] =>
  [...comment.matchAll(/^@example\n```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);

afterAll(() => rm(FOLDER, { recursive: true, force: true }));

test('every export of lib/index.ts has an example, and every example has the right types', async () => {
  const values = await exportedValues();
  expect(values.map(({ name }) => name)).toEqual(expect.arrayContaining(['protectedRoute', 'plainRoute', 'json']));
  expect(values.filter((value) => examplesOf(value).length === 0).map(({ name }) => name)).toEqual([]);
  await mkdir(FOLDER, { recursive: true });
  for (const value of values) {
    for (const [index, code] of examplesOf(value).entries()) {
      await writeFile(join(FOLDER, `${value.name}-${index}.ts`), code.replaceAll("'../lib/", "'../../lib/"));
    }
  }
  const config = { extends: '../../tsconfig.json', include: ['*.ts'], exclude: [] };
  await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
  const checked = promisify(execFile)(process.execPath, [
    fileOfPackage('typescript', 'bin/tsc'),
    '-p',
    FOLDER,
    '--noEmit',
  ]);
  await expect(checked.catch(({ stdout }: { stdout: string }) => stdout)).resolves.toMatchObject({ stdout: '' });
});
