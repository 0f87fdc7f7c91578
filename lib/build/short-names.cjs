const { readFile, writeFile } = require('node:fs/promises');
const { minify } = require('@swc/core');

const OPTIONS = {
  module: false,
  ecma: 2022,
  compress: false,
  // Classes keep their names where they have some: errors tell by them what they are.
  mangle: { toplevel: true, keep_classnames: true },
  // Those that licences ask for.
  format: { comments: 'some' },
};

/** @param map from the code to its sources, if there is one */
const shorten = (code, map) => minify(code, { ...OPTIONS, sourceMap: map === undefined ? false : { content: map } });

/** Shortens what is only in memory, and its source map if it has one. */
async function shortenInMemory(outputFiles) {
  for (const file of outputFiles.filter(({ path }) => path.endsWith('.cjs'))) {
    const mapFile = outputFiles.find(({ path }) => path === `${file.path}.map`);
    const { code, map } = await shorten(file.text, mapFile?.text);
    file.contents = Buffer.from(code);
    if (mapFile !== undefined) mapFile.contents = Buffer.from(map);
  }
}

async function shortenOnDisk(metafile) {
  const files = Object.keys(metafile.outputs).filter((file) => file.endsWith('.cjs'));
  for (const file of files) await writeFile(file, (await shorten(await readFile(file, 'utf8'))).code);
}

/**
 * An esbuild plugin that shortens the names of variables and functions: a third of a bundle, which V8 need not read then. esbuild's
 * own `minifyIdentifiers` also puts arrow functions around what it bundles, which costs more than it saves
 * (`plain-functions.cjs`). `npm run stack` says what a stack trace speaks of.
 */
const shortNames = () => ({
  name: 'short-names',
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile, outputFiles, errors }) => {
      if (errors.length > 0) return undefined;
      return outputFiles === undefined ? shortenOnDisk(metafile) : shortenInMemory(outputFiles);
    });
  },
});

module.exports = { shortNames };
