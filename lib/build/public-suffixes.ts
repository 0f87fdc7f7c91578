import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { SDK } from './session-only.ts';
import { escaped, hexOf, PLAIN_FLAGS } from './suffix-rules.ts';

const { resolve } = createRequire(import.meta.url);
const TLDTS = dirname(resolve('tldts/package.json', { paths: [SDK] }));
const TRIE = join(TLDTS, 'dist/es6/src/data/trie.js');
const SUFFIX_RULES = fileURLToPath(new URL('suffix-rules.ts', import.meta.url));

/** A node of tldts's tree: flags, and the nodes of the labels below. */
type Node = readonly [flags: number, labels: Readonly<Record<string, Node>>];

/** tldts's own data. */
interface Data {
  readonly exceptions: Node;
  readonly rules: Node;
}

/** JSON whose text is ASCII, which takes one byte a character. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${hexOf(unit)}`);

/**
 * Lines of a top-level domain. `uk 1` has its flags. `uk=1 ac co ` and `uk=2 blogspot ` have the labels with these
 * flags and no label below. Each other label has a line of its own, such as `kawasaki.jp [1,{…}]`.
 */
function linesOf(domain: string, [flags, labels]: Node): string[] {
  const isPlain = ([own, below]: Node) => PLAIN_FLAGS.includes(own) && Object.keys(below).length === 0;
  const plain = Object.entries(labels).filter(([, tree]) => isPlain(tree));
  const others = Object.entries(labels).filter(([, tree]) => !isPlain(tree));
  const groups = PLAIN_FLAGS.map((group) => [group, plain.filter(([, [own]]) => own === group)] as const);
  return [
    `${domain} ${flags}`,
    ...groups
      .filter(([, members]) => members.length > 0)
      .map(([group, members]) => `${domain}=${group} ${namesOf(members).join('')}`),
    ...others.map(([label, tree]) => `${escaped(label)}.${domain} ${asciiJson(tree)}`),
  ];
}

const namesOf = (labels: [string, Node][]): string[] => labels.map(([label]) => `${escaped(label)} `).sort();

const textOf = (domains: Node[1]): string =>
  `\n${Object.entries(domains)
    .flatMap(([domain, tree]) => linesOf(escaped(domain), tree))
    .join('\n')}\n`;

/** Replaces tldts's tree of rules: the same tree, parsed where it is used. */
const moduleOf = ({ exceptions, rules: [flags] }: Data): string => `
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import file from 'public-suffixes.txt';
import { rulesIn } from ${JSON.stringify(SUFFIX_RULES)};
export const exceptions = ${JSON.stringify(exceptions)};
export const rules = [${flags}, rulesIn(() => readFileSync(join(__dirname, file), 'latin1'))];`;

async function readData(file: string): Promise<Data> {
  const { outputFiles } = await build({ entryPoints: [file], format: 'cjs', write: false, logLevel: 'silent' });
  const module = { exports: {} };
  new Function('module', 'exports', outputFiles[0]?.text ?? '')(module, module.exports);
  return module.exports as Data;
}

/** What stands for tldts's data. */
interface Replacement {
  readonly code: string;
  /** The file next to the bundle. */
  readonly text: string;
}

/**
 * An esbuild plugin for tldts, by which the SDK finds the site of a domain (the cookies' SameSite depends on it). tldts
 * makes all 10,000 rules of the public suffix list when it is loaded, a sixth of a cold start. With this plugin, the
 * rules are text in a file next to the bundle, and only the rules of used labels are parsed. tldts's code and rules
 * stay.
 */
export function publicSuffixes(): Plugin {
  // Once for all functions.
  let made: Promise<Replacement> | undefined;
  const replacement = () => {
    made ??= readData(TRIE).then((data) => ({ code: moduleOf(data), text: textOf(data.rules[1]) }));
    return made;
  };
  return {
    name: 'public-suffixes',
    setup(build) {
      // A handler's own tldts may be of another version.
      build.onResolve({ filter: /^tldts$/ }, ({ resolveDir }) =>
        resolveDir.startsWith(SDK) ? { path: join(TLDTS, 'dist/es6/index.js') } : undefined,
      );
      build.onResolve({ filter: /^public-suffixes\.txt$/ }, ({ path }) => ({ path, namespace: 'public-suffixes' }));
      build.onLoad({ filter: /[\\/]trie\.js$/ }, async ({ path }) =>
        path === TRIE ? { contents: (await replacement()).code, resolveDir: dirname(path) } : undefined,
      );
      build.onLoad({ filter: /./, namespace: 'public-suffixes' }, async () => ({
        contents: (await replacement()).text,
        loader: 'file',
      }));
    },
  };
}
