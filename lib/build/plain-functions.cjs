const { parse } = require('acorn');
const { transform } = require('esbuild');
const { readFile } = require('node:fs/promises');

const childrenOf = (node) =>
  Object.values(node)
    .flat()
    .filter((value) => typeof value?.type === 'string');

function* nodesIn(node) {
  yield node;
  for (const child of childrenOf(node)) yield* nodesIn(child);
}

/** What an arrow function has from around it, and a function expression of its own. */
const isFromAround = ({ type, name }) =>
  ['ThisExpression', 'Super', 'MetaProperty'].includes(type) ||
  (type === 'Identifier' && ['arguments', 'eval'].includes(name));

const takesFromAround = (node) =>
  isFromAround(node) || (!/^Function/.test(node.type) && childrenOf(node).some(takesFromAround));

/** Arrow functions that mean the same as function expressions. */
function convertible(program) {
  const nodes = [...nodesIn(program)];
  const statements = nodes.filter(({ type }) => /^(ExpressionStatement|ExportDefaultDeclaration)$/.test(type));
  // There, a function expression would be a declaration.
  const beginnings = new Set(statements.map(({ start, declaration }) => declaration?.start ?? start));
  return nodes.filter(
    (node) => node.type === 'ArrowFunctionExpression' && !beginnings.has(node.start) && !takesFromAround(node),
  );
}

/** What takes the place of what stands around parameters and body. */
function editsOf({ start, end, async, params, body, expression }) {
  const head = async ? 'async function(' : 'function(';
  const [before, after] = expression ? [') {return (', ')}'] : [') ', ''];
  const begin =
    params.length === 0
      ? [{ from: start, to: body.start, text: head + before }]
      : [
          { from: start, to: params[0].start, text: head },
          { from: params.at(-1).end, to: body.start, text: before },
        ];
  return [...begin, { from: body.end, to: end, text: after }];
}

function programIn(code) {
  const options = { ecmaVersion: 'latest', allowHashBang: true, allowReturnOutsideFunction: true };
  try {
    return parse(code, { ...options, sourceType: 'module' });
  } catch {
    return parse(code, { ...options, sourceType: 'script' });
  }
}

/** The same program with function expressions in the place of arrow functions; its lines stay where they are. */
function withoutArrows(code) {
  const edits = convertible(programIn(code)).flatMap(editsOf);
  let at = 0;
  let result = '';
  for (const { from, to, text } of edits.sort((one, other) => one.from - other.from || one.to - other.to)) {
    result += code.slice(at, from) + text + code.slice(from, to).replaceAll(/[^\n]/g, '');
    at = to;
  }
  return result + code.slice(at);
}

async function load(path, source, sourcemap) {
  const loader = path.endsWith('.ts') ? 'ts' : 'js';
  if (!source.includes('=>')) return { contents: source, loader };
  if (loader === 'js') return { contents: withoutArrows(source), loader };
  const { code } = await transform(source, { loader, sourcefile: path, sourcemap });
  return { contents: withoutArrows(code), loader: 'js' };
}

/**
 * An esbuild plugin that writes arrow functions as function expressions, but for those that use `this` or `arguments` of what is
 * around them. V8 passes over the body of a function that nobody has called yet; that of an arrow function within another it
 * parses all the same, again with each function around it.
 */
const plainFunctions = () => {
  /** Each file once for all functions, which have most of them in common, and again only after a change. */
  const known = new Map();
  const loadOnce = async (path, sourcemap) => {
    const source = await readFile(path, 'utf8');
    if (known.get(path)?.source !== source) known.set(path, { source, result: load(path, source, sourcemap) });
    return known.get(path).result;
  };
  return {
    name: 'plain-functions',
    setup(build) {
      const sourcemap = build.initialOptions.sourcemap ? 'inline' : false;
      build.onLoad({ filter: /\.([cm]?js|ts)$/, namespace: 'file' }, ({ path }) => loadOnce(path, sourcemap));
    },
  };
};

module.exports = { plainFunctions, withoutArrows };
