import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type OutputFile } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';

export const ROOT = process.cwd();

/** The recipes that the SDK starts if a function uses sessions alone. */
export const RECIPES = ['accountlinking', 'jwt', 'multitenancy', 'oauth2provider', 'openid', 'session', 'usermetadata'];

/** Bundles as serverless-esbuild does. */
export async function bundle(entry: BuildOptions) {
  const result = await build({
    ...bundlingOptions(),
    ...entry,
    logLevel: 'silent',
    write: false,
    metafile: true,
    outfile: 'b.cjs',
  });
  const isCode = (file: string) => basename(file) === 'b.cjs';
  const outputs = Object.entries(result.metafile.outputs).filter(([file]) => isCode(file));
  return {
    code: result.outputFiles.find(({ path }) => isCode(path))?.text ?? '',
    inputs: outputs.flatMap(([, { inputs }]) => Object.keys(inputs)),
    files: result.outputFiles.filter(({ path }) => !isCode(path)),
  };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a bundle. @param files what it reads from its folder. @returns what it exports */
export function run(
  { code, files }: { readonly code: string; readonly files: readonly OutputFile[] },
  load: (file: string) => unknown = require,
): unknown {
  for (const { path, contents } of files) writeFileSync(join(folder, basename(path)), contents);
  const module = { exports: {} };
  new Function('module', 'exports', 'require', '__dirname', code)(module, module.exports, load, folder);
  return module.exports;
}

/** Bundles a module with this text. */
export const bundleOf = (contents: string, options: BuildOptions = {}) =>
  bundle({ stdin: { contents, resolveDir: ROOT, loader: 'ts' }, ...options });
