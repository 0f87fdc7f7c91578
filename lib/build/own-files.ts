import { parse } from 'node:path';
import { build, type Plugin, type PluginBuild } from 'esbuild';

/** Code that a bundle keeps in a file of its own. */
export interface OwnFile {
  readonly contents: string;
  /** Where the code finds what it imports. */
  readonly resolveDir: string;
}

/** What a module of a bundle imports to load a part from its file. */
export const ownFile = (name: string): string => `own-file:${name}`;

/** Loads the file at run time, when the module is first used. */
const loading = (name: string): string => `
  const { join } = require('node:path');
  module.exports = require(join(__dirname, require('own-file-code:${name}.cjs')));`;

/**
 * An esbuild plugin that keeps large parts, which few requests need, in files beside the bundle. Node.js parses a bundle at each
 * cold start, 1 ms for 60 KB, and such a file at its first use. A part shares no module with the bundle, so it must not need any of
 * its state.
 */
export function ownFiles(parts: Readonly<Record<string, OwnFile>>): Plugin {
  // Once for all functions.
  const building = new Map<string, Promise<string>>();
  return {
    name: 'own-files',
    setup(setup) {
      for (const kind of ['own-file', 'own-file-code']) {
        setup.onResolve({ filter: new RegExp(`^${kind}:`) }, ({ path }) => ({
          path: path.slice(kind.length + 1),
          namespace: kind,
        }));
      }
      setup.onLoad({ filter: /./, namespace: 'own-file' }, ({ path }) => ({ contents: loading(path) }));
      setup.onLoad({ filter: /./, namespace: 'own-file-code' }, async ({ path }) => {
        const part = parts[parse(path).name];
        if (part === undefined) return { errors: [{ text: `There is no part of the name ${path}` }] };
        if (!building.has(path)) building.set(path, codeOf(part, setup));
        return { contents: (await building.get(path)) ?? '', loader: 'file' };
      });
    },
  };
}

async function codeOf(stdin: OwnFile, { initialOptions }: PluginBuild): Promise<string> {
  const { platform = 'node', target = 'esnext', minifyWhitespace = false } = initialOptions;
  const options = { platform, target, minifyWhitespace, bundle: true, format: 'cjs', logLevel: 'silent' } as const;
  const { outputFiles } = await build({ ...options, stdin, write: false });
  return outputFiles[0]?.text ?? '';
}
