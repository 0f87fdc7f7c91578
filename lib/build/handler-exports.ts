import { existsSync, readFileSync } from 'node:fs';
import { type BuildFailure, type BuildOptions, build, type Message, type Metafile } from 'esbuild';
import { bundlingOptions } from './bundling.ts';
import type { ServerlessFunction } from './serverless-service.ts';

/** Where serverless-esbuild looks for the file of a handler. */
const EXTENSIONS = ['.ts', '.js', '.jsx', '.tsx', '/index.ts', '/index.js', '/index.jsx', '/index.tsx'];

type Functions = Readonly<Record<string, ServerlessFunction>>;

/** A function whose handler is bundled. */
interface Bundled {
  readonly name: string;
  readonly handler: string;
  /** The file that the handler names, if there is one. */
  readonly file: string | undefined;
  /** What the file must export. */
  readonly exported: string;
}

/**
 * Bundles every handler in memory, as packaging does, and returns their faults. A handler may not bundle, or may name a
 * file or an export that does not exist.
 */
export async function handlerFaults(functions: Functions): Promise<string[]> {
  const handlers = bundledOf(functions);
  const files = new Set(handlers.flatMap(({ file }) => file ?? []));
  return [...missingFiles(functions), ...(await bundlingFaults([...files], handlers))];
}

/** A fault for each handler whose file does not exist. serverless-esbuild only says that it cannot compile the function. */
export const missingFiles = (functions: Functions): string[] =>
  bundledOf(functions)
    .filter(({ file }) => file === undefined)
    .map(({ name, handler }) => `The function ${name} has the handler ${handler}, but there is no such file`);

const bundledOf = (functions: Functions): Bundled[] =>
  Object.entries(functions).flatMap(([name, { handler, skipEsbuild }]) =>
    handler === undefined || skipEsbuild === true ? [] : [located(name, handler)],
  );

function located(name: string, handler: string): Bundled {
  const [, path = '', exported = ''] = /^(.*)\.([^./]+)$/.exec(handler) ?? [];
  const file = EXTENSIONS.map((extension) => `${path}${extension}`).find((candidate) => existsSync(candidate));
  return { name, handler, file, exported };
}

/** esbuild lists the exports of ES modules only, and those may have a top-level await. The bundles are CommonJS. */
const IN_MEMORY = {
  format: 'esm',
  supported: { 'top-level-await': false },
  outdir: '.',
  write: false,
  metafile: true,
  logLevel: 'silent',
} satisfies BuildOptions;

async function bundlingFaults(files: string[], handlers: readonly Bundled[]): Promise<string[]> {
  try {
    const { metafile } = await build({ ...bundlingOptions(), ...IN_MEMORY, entryPoints: files });
    return handlers.flatMap((handler) => exportFault(handler, metafile));
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (errors === undefined) throw error;
    return errors.map(described);
  }
}

function described({ location, text }: Message): string {
  const explained = text.startsWith('Top-level await') ? TOP_LEVEL_AWAIT : text;
  return location === null ? explained : `${location.file}:${location.line}:${location.column}: ${explained}`;
}

const TOP_LEVEL_AWAIT =
  'Top-level await is not possible, because bundles are CommonJS. Await inside the handler instead';

function exportFault({ name, handler, file, exported }: Bundled, metafile: Metafile): string[] {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === file);
  if (file === undefined || output === undefined || output.exports.includes(exported)) return [];
  if (isKnownWhenRun(file, metafile)) return [];
  const others = output.exports.join(', ');
  return [
    `The function ${name} has the handler ${handler}, but ${file} does not export ${exported}. ` +
      `${others === '' ? 'It exports nothing' : `It exports ${others}`}`,
  ];
}

/** CommonJS makes its exports while it runs. So does an ES module that passes on all exports of one. */
function isKnownWhenRun(file: string, { inputs }: Metafile): boolean {
  const input = inputs[file];
  if (input?.format !== 'esm') return true;
  const importsCommonJs = input.imports.some(({ path }) => inputs[path]?.format === 'cjs');
  return importsCommonJs && /\bexport\s*\*/.test(readFileSync(file, 'utf8'));
}
