import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import { TRICKY_MODULES } from './tricky-modules.ts';

const ALONE: BuildOptions = { bundle: true, platform: 'node', format: 'cjs', target: 'node24' };
const BUILDS: Readonly<Record<string, BuildOptions>> = {
  'esbuild alone': ALONE,
  'npm run dev': bundlingOptions(true),
  'npm run package': bundlingOptions(false),
};

let folder: string;
beforeAll(() => {
  // Below the project, where its packages are found.
  mkdirSync('.build', { recursive: true });
  folder = mkdtempSync(join(process.cwd(), '.build/tricky-modules-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Builds a module, and returns what it exports as `observed`. */
async function observedIn(source: string, options: BuildOptions): Promise<unknown> {
  const outdir = mkdtempSync(join(source, 'bundle-'));
  await build({
    ...options,
    entryPoints: [join(source, 'index.ts')],
    outdir,
    outExtension: { '.js': '.cjs' },
    logLevel: 'silent',
  });
  return createRequire(__filename)(join(outdir, 'index.cjs')).observed;
}

describe.each(TRICKY_MODULES)('$title', ({ files, observed }) => {
  let source: string;
  beforeAll(() => {
    source = mkdtempSync(join(folder, 'module-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(source, name), text);
  });

  test.each(Object.entries(BUILDS))('means the same, built by %s', async (_by, options) => {
    expect(await observedIn(source, options)).toEqual(observed);
  });
});
