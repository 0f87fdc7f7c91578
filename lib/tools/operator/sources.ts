import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundlingOptions, routesDefinition } from '../../build/bundling.ts';
import type { RoutedFunctions } from '../../build/routes.ts';
import { serverlessCommand } from '../../dev/installed-packages.ts';

type Definition = Record<string, string>;

/** A position in a bundle: `handlers/user.cjs:1:2345`, after the name of any folder. In parentheses a name may have blanks. */
const PLACE = /((?<=\()[^()"\\]+|[^\s()"\\]+)\.cjs:(\d+):(\d+)/g;

/** The bundles of `npm run dev`, which are not minified. */
const IN_DEVELOPMENT = /(?:^|\/)\.esbuild\//;

/**
 * Replaces each position in a bundle by the position in the sources. The text is a stack trace, or lines of a log. The function
 * builds the bundles again with source maps: the same commit gives the same bundles. Positions in other files stay as they are.
 * @param stage the routes of this stage are in some bundles
 * @throws Error if the configuration of the stage cannot be read
 */
export async function withSources(text: string, stage: string): Promise<string> {
  const maps = new Map<string, SourceMap>();
  let reading: Promise<Definition> | undefined;
  const routes = (): Promise<Definition> => {
    reading ??= readRoutes(stage);
    return reading;
  };
  for (const [, bundle = ''] of text.matchAll(PLACE)) {
    const source = sourceOf(bundle);
    if (source !== undefined && !maps.has(bundle)) {
      maps.set(bundle, await sourceMapOf(source, IN_DEVELOPMENT.test(bundle), routes));
    }
  }
  return text.replaceAll(PLACE, (place, bundle: string, line: string, column: string) => {
    const origin = maps.get(bundle)?.findOrigin(Number(line), Number(column));
    return origin !== undefined && 'fileName' in origin
      ? `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`
      : place;
  });
}

/** The handler's module, whose place in the project is the end of the bundle's path. */
function sourceOf(bundle: string): string | undefined {
  if (bundle.includes('node_modules/')) return undefined;
  const folders = bundle.split('/');
  return folders
    .map((_folder, index) => folders.slice(index).join('/'))
    .flatMap((end) => ['.ts', '.mts', '.js', '.mjs'].map((suffix) => end + suffix))
    .find((file) => !file.startsWith('/') && existsSync(file));
}

async function sourceMapOf(source: string, isReadable: boolean, routes: () => Promise<Definition>): Promise<SourceMap> {
  const bundle = (define: Definition) =>
    build({
      ...bundlingOptions(isReadable),
      entryPoints: [source],
      outfile: 'bundle.cjs',
      sourcemap: 'external',
      sourcesContent: false,
      write: false,
      metafile: true,
      define,
    });
  let built = await bundle({});
  const hasRoutes = 'lib/config/routes.ts' in built.metafile.inputs;
  // The routes stand in the bundle, and move what follows on their line.
  if (hasRoutes) built = await bundle(await routes());
  const map = built.outputFiles.find(({ path }) => path.endsWith('.cjs.map'));
  if (map === undefined) throw new Error(`esbuild has written no source map for ${source}`);
  const { sources, ...payload } = JSON.parse(map.text);
  return new SourceMap({ ...payload, sources: sources.map((file: string) => relative('.', file)) });
}

/** What the build puts in the place of the routes. Only the Serverless Framework can read its configuration. */
async function readRoutes(stage: string): Promise<Definition> {
  const command = [serverlessCommand(), 'print', '--stage', stage, '--format', 'json', '--path', 'functions'];
  const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: 2 ** 26 });
  return routesDefinition(JSON.parse(stdout) as RoutedFunctions);
}
