const { writeFile } = require('node:fs/promises');
const { parse } = require('node:path');

const BUNDLE = '.bundle.cjs';

const isHandler = (path) => typeof path === 'string' && path.startsWith('handlers/');

/** A line that requires a bundle, in a file of the name that it would have. */
const writeEntry = (bundle) =>
  writeFile(bundle.replace(BUNDLE, '.cjs'), `exports.handler = require('./${parse(bundle).base}').handler;\n`);

/**
 * An esbuild plugin: the file that Lambda imports is one line, which requires the bundle. Lambda's runtime client loads a function
 * by `import()`, for which Node.js reads a CommonJS file twice and looks through all of it for the names that it exports.
 */
const leanEntry = () => ({
  name: 'lean-entry',
  setup(build) {
    const { entryPoints, write } = build.initialOptions;
    // Whoever wants the code itself, not files, gets the bundle.
    if (write === false || !Array.isArray(entryPoints)) return;
    build.initialOptions.entryPoints = entryPoints.map((entry) =>
      isHandler(entry) ? { in: entry, out: `${parse(entry).name}${parse(BUNDLE).name}` } : entry,
    );
    build.initialOptions.metafile = true;
    build.onEnd(async ({ metafile, errors }) => {
      if (errors.length > 0) return;
      const bundles = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => isHandler(entryPoint));
      await Promise.all(bundles.map(([bundle]) => writeEntry(bundle)));
    });
  },
});

module.exports = { leanEntry };
