import { existsSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import { build } from 'esbuild';
import { bundlingOptions } from '../../build/bundling.ts';

/** A position in a bundle: `handlers/login.cjs:1:2345`, after the name of any folder. */
const PLACE = /(?:[^\s()"\\]*\/)?handlers\/([\w-]+)\.cjs:(\d+):(\d+)/g;

/**
 * Replaces each position in a bundle by the position in the sources. The text is a stack trace, or lines of the log. The function
 * builds the bundles again with source maps: the same commit gives the same bundles. Positions in other files stay as they are.
 */
export async function withSources(text: string): Promise<string> {
  const handlers = new Set([...text.matchAll(PLACE)].map(([, handler = '']) => handler));
  const maps = new Map<string, SourceMap>();
  for (const handler of handlers) {
    if (existsSync(sourceOf(handler))) maps.set(handler, await sourceMapOf(handler));
  }
  return text.replaceAll(PLACE, (place, handler: string, line: string, column: string) => {
    const origin = maps.get(handler)?.findOrigin(Number(line), Number(column));
    return origin !== undefined && 'fileName' in origin
      ? `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`
      : place;
  });
}

const sourceOf = (handler: string): string => `handlers/${handler}.ts`;

async function sourceMapOf(handler: string): Promise<SourceMap> {
  const { outputFiles } = await build({
    ...bundlingOptions(),
    entryPoints: [sourceOf(handler)],
    outfile: `${handler}.cjs`,
    sourcemap: 'external',
    sourcesContent: false,
    write: false,
  });
  const map = outputFiles.find(({ path }) => path.endsWith('.cjs.map'));
  if (map === undefined) throw new Error(`esbuild has made no source map of ${handler}`);
  const { sources, ...payload } = JSON.parse(map.text);
  return new SourceMap({ ...payload, sources: sources.map((source: string) => relative('.', source)) });
}
