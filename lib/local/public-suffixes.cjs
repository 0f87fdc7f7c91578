const { build } = require('esbuild');
const { join, dirname } = require('node:path');

const TLDTS = dirname(require.resolve('tldts/package.json', { paths: [dirname(require.resolve('supertokens-node'))] }));

/** A rule that no other continues is `[1,{}]` or `[2,{}]`, nine of ten: shorter, they are read faster. */
const shorten = (tree) => JSON.stringify(tree).replaceAll(/\[(\d),\{\}\]/g, '$1');

/** The rules of one top-level domain a line: its name, a space, its tree. */
const linesOf = (branches) => branches.map(([label, tree]) => `\n${label} ${shorten(tree)}\n`).join('');

const isAscii = (branch) => /^[\x20-\x7e]*$/.test(JSON.stringify(branch));

/** What takes the place of tldts's tree of rules: the same tree, of which a branch is made when it is asked for. */
function treeOf({ exceptions, rules: [flags, branches] }) {
  const { true: ascii = [], false: others = [] } = Object.groupBy(Object.entries(branches), isAscii);
  return `
// Apart, because one character beyond ASCII makes a whole string take two bytes a character.
const texts = [${JSON.stringify(linesOf(ascii))}, ${JSON.stringify(linesOf(others))}];
const branches = new Map();
function branchOf(label) {
  if (!branches.has(label)) {
    const line = '\\n' + label + ' ';
    const text = texts.find((each) => each.includes(line));
    if (text === undefined) return undefined;
    const start = text.indexOf(line) + line.length;
    const tree = text.slice(start, text.indexOf('\\n', start));
    branches.set(label, JSON.parse(tree.replaceAll(/(^|:)(\\d)/g, '$1[$2,{}]')));
  }
  return branches.get(label);
}
export const exceptions = ${JSON.stringify(exceptions)};
export const rules = [${flags}, new Proxy({}, {
  get: (_, label) => branchOf(label),
  getOwnPropertyDescriptor(_, label) {
    const value = branchOf(label);
    return value && { value, configurable: true, enumerable: true };
  },
})];`;
}

/** Loads tldts's own data. */
async function readTree(file) {
  const { outputFiles } = await build({ entryPoints: [file], format: 'cjs', write: false, logLevel: 'silent' });
  const module = { exports: {} };
  new Function('module', 'exports', outputFiles[0].text)(module, module.exports);
  return module.exports;
}

/**
 * An esbuild plugin for tldts, which the SDK asks for the site of two domains (SameSite depends on it). As it comes, it makes
 * all 10,000 rules of the public suffix list when it is loaded, a sixth of a cold start; with this, only those of the
 * top-level domains that are asked for. Code and rules are its own.
 */
const publicSuffixes = () => ({
  name: 'public-suffixes',
  setup(build) {
    build.onResolve({ filter: /^tldts$/ }, () => ({ path: join(TLDTS, 'dist/es6/index.js') }));
    build.onLoad({ filter: /[\\/]tldts[\\/]dist[\\/]es6[\\/]src[\\/]data[\\/]trie\.js$/ }, async ({ path }) => ({
      contents: treeOf(await readTree(path)),
    }));
  },
});

module.exports = { publicSuffixes };
