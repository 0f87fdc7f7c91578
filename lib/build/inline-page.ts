import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin, PluginBuild } from 'esbuild';

const STYLE = /<link rel="stylesheet" href="([^"]+)">/;
const SCRIPT = /<script type="module" src="([^"]+)"><\/script>/;

/**
 * An esbuild plugin for imports of HTML. The module exports the page as one text, with its style sheet and its script bundled,
 * minified and inlined. It also exports the hashes by which a Content-Security-Policy allows these two.
 */
export const inlinePage = (): Plugin => ({
  name: 'inline-page',
  setup(build) {
    build.onLoad({ filter: /\.html$/ }, async ({ path }) => {
      const page = await readFile(path, 'utf8');
      const bundle = (file: string) => bundled(build.esbuild, join(dirname(path), file));
      const style = await bundle(fileIn(page, STYLE, path));
      const script = await bundle(fileIn(page, SCRIPT, path));
      const html = shortened(page)
        // Functions, because replacement texts would interpret `$`.
        .replace(STYLE, () => `<style>${style.text}</style>`)
        .replace(SCRIPT, () => `<script type="module">${script.text}</script>`);
      return {
        contents: Object.entries({ html, styleHash: hashOf(style.text), scriptHash: hashOf(script.text) })
          .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
          .join('\n'),
        watchFiles: [path, ...style.files, ...script.files],
      };
    });
  },
});

function fileIn(page: string, pattern: RegExp, path: string): string {
  const file = pattern.exec(page)?.[1];
  if (file === undefined) throw new Error(`${path} lacks ${pattern}`);
  return file;
}

async function bundled(esbuild: PluginBuild['esbuild'], entry: string) {
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    write: false,
    metafile: true,
    outdir: dirname(entry),
    absWorkingDir: dirname(entry),
    logLevel: 'silent',
  });
  const files = Object.keys(metafile.inputs).map((file) => join(dirname(entry), file));
  // The last line break does not get between the tags.
  return { text: (outputFiles[0]?.text ?? '').trimEnd(), files };
}

/** Content Security Policy Level 3, section 2.3.1, "hash-source". */
const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

const shortened = (page: string): string => page.replace(/<!--.*?-->/gs, '').replace(/\n\s+/g, '\n');
