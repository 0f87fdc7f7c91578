const { rename, writeFile } = require('node:fs/promises');
const { basename } = require('node:path');

const BUNDLE = '.bundle.cjs';

/** Puts a bundle aside, and a line that requires it in its place. */
async function putAside(file) {
  const bundle = file.replace(/\.cjs$/, BUNDLE);
  await rename(file, bundle);
  await writeFile(file, `exports.handler = require('./${basename(bundle)}').handler;\n`);
}

/**
 * An esbuild plugin: the file that Lambda imports is one line, which requires the bundle. Lambda's runtime client loads a function
 * by `import()`, for which Node.js reads a CommonJS file twice and looks through all of it for the names that it exports.
 */
const leanEntry = () => ({
  name: 'lean-entry',
  setup(build) {
    // Whoever wants the code itself, not files, gets the bundle.
    if (build.initialOptions.write === false) return;
    build.initialOptions.metafile = true;
    build.onEnd(async ({ metafile, errors }) => {
      if (errors.length > 0) return;
      const entries = Object.entries(metafile.outputs).filter(([, { entryPoint }]) =>
        entryPoint?.startsWith('handlers/'),
      );
      await Promise.all(entries.map(([file]) => putAside(file)));
    });
  },
});

module.exports = { leanEntry };
