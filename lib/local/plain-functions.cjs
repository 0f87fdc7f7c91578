const { readFile } = require('node:fs/promises');
const { transform: transformByEsbuild } = require('esbuild');
const { transform } = require('@swc/core');

/** JavaScript as it is, but for its arrow functions. */
const OPTIONS = {
  swcrc: false,
  configFile: false,
  isModule: 'unknown',
  env: { targets: { node: '24' }, include: ['transform-arrow-functions'] },
  jsc: { parser: { syntax: 'ecmascript' }, preserveAllComments: true },
};

const loaderOf = (path) => (path.endsWith('.ts') ? 'ts' : 'js');

/** The same program with function expressions in the place of arrow functions. @param hasMap whether its end is a source map */
async function withoutArrows(path, source, hasMap) {
  // SWC leaves `super` as it is, which only methods and arrow functions may have.
  const isLeft = !source.includes('=>') || /\bsuper\s*[.[]/.test(source);
  if (isLeft) return { contents: source, loader: loaderOf(path) };
  const sourcemap = hasMap && 'external';
  const { code, map } = await transformByEsbuild(source, { loader: loaderOf(path), sourcefile: path, sourcemap });
  const maps = hasMap ? { inputSourceMap: map, sourceMaps: 'inline' } : {};
  return { contents: (await transform(code, { ...OPTIONS, ...maps, filename: path })).code, loader: 'js' };
}

/**
 * An esbuild plugin that writes arrow functions as function expressions. V8 passes over the body of a function that nobody has
 * called yet; that of an arrow function within another it parses all the same, again with each function around it.
 */
const plainFunctions = () => {
  /** Each file once for all functions, which have most of them in common, and again only after a change. */
  const known = new Map();
  const load = async (path, hasMap) => {
    const source = await readFile(path, 'utf8');
    if (known.get(path)?.source !== source) known.set(path, { source, result: withoutArrows(path, source, hasMap) });
    return known.get(path).result;
  };
  return {
    name: 'plain-functions',
    setup(build) {
      const hasMap = Boolean(build.initialOptions.sourcemap);
      build.onLoad({ filter: /\.([cm]?js|ts)$/, namespace: 'file' }, ({ path }) => load(path, hasMap));
    },
  };
};

module.exports = { plainFunctions };
