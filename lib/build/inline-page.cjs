const { createHash } = require('node:crypto');
const { readFile } = require('node:fs/promises');
const { dirname, join } = require('node:path');

const STYLE = /<link rel="stylesheet" href="([^"]+)">/;
const SCRIPT = /<script type="module" src="([^"]+)"><\/script>/;

/**
 * An esbuild plugin for imports of HTML: the module is the page as one text, its style sheet and its script bundled,
 * shortened and written into it, and the hashes that a Content-Security-Policy allows these two by.
 */
exports.inlinePage = () => ({
  name: 'inline-page',
  setup(build) {
    build.onLoad({ filter: /\.html$/ }, async ({ path }) => {
      const page = await readFile(path, 'utf8');
      const bundle = (file) => bundled(build.esbuild, join(dirname(path), file));
      const style = await bundle(fileIn(page, STYLE, path));
      const script = await bundle(fileIn(page, SCRIPT, path));
      const html = shortened(page)
        // Functions: `$` has no meaning in what they return.
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

function fileIn(page, pattern, path) {
  const file = pattern.exec(page)?.[1];
  if (file === undefined) throw new Error(`${path} lacks ${pattern}`);
  return file;
}

async function bundled(esbuild, entry) {
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
  // The last line break is no part of what stands between the tags.
  return { text: outputFiles[0].text.trimEnd(), files };
}

/** Content Security Policy Level 3, section 2.3.1, "hash-source". */
const hashOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

const shortened = (page) => page.replace(/<!--.*?-->/gs, '').replace(/\n\s+/g, '\n');
