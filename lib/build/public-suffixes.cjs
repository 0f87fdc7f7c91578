const { build } = require('esbuild');
const { join, dirname } = require('node:path');
const { escaped, hexOf } = require('./suffix-rules.cjs');

const TLDTS = dirname(require.resolve('tldts/package.json', { paths: [dirname(require.resolve('supertokens-node'))] }));

/** JSON whose text is ASCII, which takes one byte a character. */
const asciiJson = (value) => JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${hexOf(unit)}`);

/** A line for each top-level domain, `com 1`, and for each label below one, `co.uk [1,{…}]`. */
function textOf(domains) {
  const lines = Object.entries(domains).flatMap(([domain, [flags, labels]]) => [
    `${escaped(domain)} ${flags}`,
    ...Object.entries(labels).map(([label, tree]) => `${escaped(label)}.${escaped(domain)} ${asciiJson(tree)}`),
  ]);
  return `\n${lines.join('\n')}\n`;
}

/** What takes the place of tldts's tree of rules: the same tree, of which is made what is asked for. */
const treeOf = ({ exceptions, rules: [flags] }) => `
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import file from 'public-suffixes.txt';
import { rulesIn } from ${JSON.stringify(join(__dirname, 'suffix-rules.cjs'))};
export const exceptions = ${JSON.stringify(exceptions)};
export const rules = [${flags}, rulesIn(() => readFileSync(join(__dirname, file), 'latin1'))];`;

/** Loads tldts's own data. */
async function readTree(file) {
  const { outputFiles } = await build({ entryPoints: [file], format: 'cjs', write: false, logLevel: 'silent' });
  const module = { exports: {} };
  new Function('module', 'exports', outputFiles[0].text)(module, module.exports);
  return module.exports;
}

/**
 * An esbuild plugin for tldts, which the SDK asks for the site of two domains (SameSite depends on it). As it comes, it makes
 * all 10,000 rules of the public suffix list when it is loaded, a sixth of a cold start. With this, they are text in a file
 * beside the bundle, and rules only those of the labels that are asked for. Code and rules are its own.
 */
const publicSuffixes = () => {
  /** Once for all functions. */
  let reading;
  const tree = () => {
    reading ??= readTree(join(TLDTS, 'dist/es6/src/data/trie.js'));
    return reading;
  };
  return {
    name: 'public-suffixes',
    setup(build) {
      build.onResolve({ filter: /^tldts$/ }, () => ({ path: join(TLDTS, 'dist/es6/index.js') }));
      build.onResolve({ filter: /^public-suffixes\.txt$/ }, ({ path }) => ({ path, namespace: 'public-suffixes' }));
      build.onLoad({ filter: /[\\/]tldts[\\/]dist[\\/]es6[\\/]src[\\/]data[\\/]trie\.js$/ }, async ({ path }) => ({
        contents: treeOf(await tree()),
        resolveDir: dirname(path),
      }));
      build.onLoad({ filter: /./, namespace: 'public-suffixes' }, async () => ({
        contents: textOf((await tree()).rules[1]),
        loader: 'file',
      }));
    },
  };
};

module.exports = { publicSuffixes };
