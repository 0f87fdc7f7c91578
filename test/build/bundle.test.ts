import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { type BuildOptions, build, type OutputFile } from 'esbuild';
import fc from 'fast-check';
import type SuperTokens from 'supertokens-node';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import { type Debug, lazyDebug } from '../../lib/build/lazy-debug.cjs';
import { fileOf, REPLACED, SDK } from '../../lib/build/session-only.cjs';
import { tableNames } from '../../lib/dev/tables.ts';
import { sessionEnvironment } from '../fixtures/lambda.ts';

const ROOT = process.cwd();
const HANDLERS = readdirSync('handlers').map((file) => `handlers/${file}`);
/** The target is 300 KB; whoever passes this has pulled something in again. */
const MAX_ZIPPED = 190_000;
const MAX_MINIFIED = 690_000;
const TABLES = tableNames('service', 'dev');
const NOWHERE = 'http://127.0.0.1:9';
const NOT_NEEDED = ['cross-fetch', 'libphonenumber-js', 'node-fetch', 'nodemailer', 'pako', 'pg', 'twilio'];
const RECIPES = ['accountlinking', 'jwt', 'multitenancy', 'oauth2provider', 'openid', 'session', 'usermetadata'];

/** Bundles as serverless-esbuild does. */
async function bundle(entry: BuildOptions) {
  const result = await build({
    ...bundlingOptions(),
    ...entry,
    logLevel: 'silent',
    write: false,
    metafile: true,
    outfile: 'b.cjs',
  });
  const isCode = (file: string) => file.endsWith('.cjs');
  const outputs = Object.entries(result.metafile.outputs).filter(([file]) => isCode(file));
  return {
    code: result.outputFiles.find(({ path }) => isCode(path))?.text ?? '',
    inputs: outputs.flatMap(([, { inputs }]) => Object.keys(inputs)),
    files: result.outputFiles.filter(({ path }) => !isCode(path)),
  };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a bundle exports. @param files what it reads from beside it */
function run({ code, files }: { readonly code: string; readonly files: readonly OutputFile[] }): unknown {
  for (const { path, contents } of files) writeFileSync(join(folder, basename(path)), contents);
  const module = { exports: {} };
  new Function('module', 'exports', 'require', '__dirname', code)(module, module.exports, require, folder);
  return module.exports;
}

const bundleOf = (contents: string, options: BuildOptions = {}) =>
  bundle({ stdin: { contents, resolveDir: ROOT, loader: 'ts' }, ...options });

describe.each(HANDLERS)('%s', (handler) => {
  test('is small, and has nothing that it never uses', async () => {
    const { code, inputs } = await bundle({ entryPoints: [handler] });
    expect(code.length).toBeLessThan(MAX_MINIFIED);
    expect(deflateRawSync(code).length).toBeLessThan(MAX_ZIPPED);
    const files = inputs.filter((input) => !input.startsWith('left-out:'));
    expect(files.filter((file) => NOT_NEEDED.some((name) => file.includes(`node_modules/${name}/`)))).toEqual([]);
  });
});

test('the demo page has the browser SDK in its text, and nothing of the backend', async () => {
  const { code, inputs } = await bundle({ entryPoints: ['handlers/page.ts'] });
  expect(inputs.filter((input) => /node_modules\/(supertokens|jose|@aws-lite)/.test(input))).toEqual([]);
  expect(deflateRawSync(code).length).toBeLessThan(60_000);
});

describe('what is left out of the SDK', () => {
  test.each(Object.keys(REPLACED))('%s is in the SDK, which asks for it', async (name) => {
    const { inputs } = await bundle({ entryPoints: ['handlers/session-info.ts'] });
    expect(inputs).toContain(`left-out:${fileOf(name)}`);
    // There when somebody turns the log on.
    if (name !== 'debug') expect(inputs).not.toContain(relative(ROOT, fileOf(name)));
  });

  test.each(Object.entries(REPLACED).filter(([name]) => name.endsWith('/recipe.js')))(
    '%s keeps its id',
    (name, contents) => {
      expect(contents).toContain(`'${require(fileOf(name)).default.RECIPE_ID}'`);
    },
  );

  test('of the recipes, these are left', async () => {
    const { inputs } = await bundle({ entryPoints: ['handlers/auth.ts'] });
    const folder = `${relative(ROOT, SDK)}/lib/build/recipe/`;
    const recipes = inputs
      .filter((input) => input.startsWith(folder))
      // Types and constants are all that is needed of others.
      .filter((input) => !/\/(types|constants)\.js$/.test(input))
      .map((input) => input.slice(folder.length).split('/')[0]);
    expect([...new Set(recipes)].sort()).toEqual(RECIPES.filter((name) => name !== 'oauth2provider'));
  });

  test('another recipe cannot be bundled, and the message says what to do', async () => {
    const adding = bundleOf(`import Passwordless from 'supertokens-node/recipe/passwordless'; Passwordless.init;`);
    await expect(adding).rejects.toThrow(/recipe\/passwordless needs what the bundles leave out: take the plugin/);
  });
});

/** What a function has of the SDK, once it has started. */
interface Bundled {
  readonly superTokens: typeof SuperTokens;
  readonly recipes: { getRecipeId(): string; recipeInterfaceImpl: unknown; getAPIsHandled(): unknown[] }[];
  readonly user: { loginMethods: { hasSamePhoneNumberAs(phoneNumber: string): boolean }[] };
  /** The issuer, the user and the CORS headers: what the SDK answers from several recipes. */
  ask(): Promise<unknown[]>;
}

const ENTRY = `
  import SuperTokens, { User } from 'supertokens-node';
  import { service } from './lib/supertokens/service.ts';
  service();
  const sdk = require('supertokens-node/lib/build/supertokens').default.getInstanceOrThrowError();
  export const superTokens = SuperTokens;
  export const recipes = sdk.recipeModules;
  export const user = new User({ loginMethods: [{ recipeUserId: 'user-1', phoneNumber: '+15550100' }] });
  const openid = sdk.getRecipeInstanceOrThrow('openid').recipeImplementation;
  export const ask = async () => [
    SuperTokens.getAllCORSHeaders(),
    await openid.getOpenIdDiscoveryConfiguration({ userContext: {} }),
    await SuperTokens.getUser('user-1'),
  ];
`;

describe('the SDK in a bundle', () => {
  let bundled: Bundled;
  let whole: Bundled;

  beforeAll(async () => {
    process.env.PUBLISHED_KEYS_TABLE = 'published-keys';
    bundled = run(await bundleOf(ENTRY)) as Bundled;
    whole = run(await bundleOf(ENTRY, { plugins: [], alias: {} })) as Bundled;
  });

  test('answers as the whole one does', async () => {
    const answers = await bundled.ask();
    expect(answers).toEqual(await whole.ask());
    expect(answers[0]).toEqual(['rid', 'fdi-version', 'anti-csrf', 'authorization', 'st-auth-mode']);
  });

  test('has the same recipes, with the same routes but those of OAuth2', () => {
    const routes = ({ recipes }: Bundled) =>
      recipes.map((recipe) => [recipe.getRecipeId(), JSON.parse(JSON.stringify(recipe.getAPIsHandled()))]);
    const expected = routes(whole).map(([id, apis]) => [id, id === 'oauth2provider' ? [] : apis]);
    expect(routes(bundled)).toEqual(expected);
    expect(expected.map(([id]) => id).sort()).toEqual(RECIPES);
  });

  test('throws an error that names what was left out, if it is used after all', async () => {
    const { superTokens, recipes, user } = bundled;
    const oauth2 = recipes.find((recipe) => recipe.getRecipeId() === 'oauth2provider');
    expect(() => oauth2?.recipeInterfaceImpl).toThrow(/recipe\/oauth2provider is not in this bundle.+esbuild\.config/);
    expect(() => user.loginMethods[0]?.hasSamePhoneNumberAs('+15550100')).toThrow(/libphonenumber-js is not in/);
    await expect(superTokens.getAvailableFirstFactors('public')).rejects.toThrow(/multifactorauth is not in/);
  });
});

describe("the SDK's debug log", () => {
  const enabled: string[] = [];
  const written: string[] = [];
  const debug: Debug = Object.assign((namespace: string) => (text: string) => written.push(`${namespace} ${text}`), {
    enabled: (namespace: string) => enabled.includes(namespace),
    enable: (namespace: string) => enabled.push(namespace),
  }) as unknown as Debug;
  const load = jest.fn(() => debug);

  test('is loaded when it is turned on, and not before', () => {
    const lazy = lazyDebug(load);
    expect(lazy.enabled('com.supertokens')).toBe(false);
    expect(load).not.toHaveBeenCalled();
    lazy.enable('com.supertokens');
    expect([lazy.enabled('com.supertokens'), lazy.enabled('other')]).toEqual([true, false]);
    lazy('com.supertokens')('said');
    expect(written).toEqual(['com.supertokens said']);
  });

  test('is turned on by DEBUG, too', () => {
    process.env.DEBUG = 'other';
    const lazy = lazyDebug(load);
    delete process.env.DEBUG;
    enabled.push('other');
    expect(lazy.enabled('other')).toBe(true);
  });
});

describe('the sites of domains in a bundle', () => {
  type Parse = (url: string, options: { allowPrivateDomains: boolean }) => object;
  type Tree = readonly [number, Readonly<Record<string, unknown>>];
  let parse: Parse;
  let parseByWhole: Parse;
  let rules: Tree;

  beforeAll(async () => {
    const resolveDir = SDK;
    const load = async <Module>(contents: string, options: BuildOptions = {}) =>
      run(await bundle({ stdin: { contents, resolveDir }, ...options })) as Module;
    ({ parse } = await load<{ parse: Parse }>(`export { parse } from 'tldts'`));
    const whole = { plugins: [], alias: {} };
    ({ parse: parseByWhole } = await load<{ parse: Parse }>(`export { parse } from 'tldts'`, whole));
    const data = `export { rules } from '../tldts/dist/es6/src/data/trie.js'`;
    ({ rules } = await load<{ rules: Tree }>(data, whole));
  });

  /** Every rule of the public suffix list, from the top-level domain down. */
  function* domainsIn([flags, branches]: Tree, suffix: string[] = []): Generator<string> {
    if (flags > 0) yield suffix.join('.');
    for (const [label, branch] of Object.entries(branches)) yield* domainsIn(branch as Tree, [label, ...suffix]);
  }

  const expectSame = (domain: string) => {
    for (const allowPrivateDomains of [true, false]) {
      const answer = parse(domain, { allowPrivateDomains });
      expect(answer).toEqual(parseByWhole(domain, { allowPrivateDomains }));
    }
  };

  test('are the same by every rule', () => {
    const domains = [...domainsIn(rules)];
    expect(domains.length).toBeGreaterThan(9000);
    for (const domain of domains) expectSame(`www.example.${domain.replace('*', 'any')}`);
  });

  test('are the same for any domain', () => {
    const known = fc.constantFrom('com', 'co', 'uk', 'jp', 'ck', 'www', 'amazonaws', '__proto__', 'constructor', '*');
    const label = fc.oneof(known, fc.domain(), fc.string({ maxLength: 4 }));
    fc.assert(fc.property(fc.array(label, { maxLength: 5 }), (labels) => expectSame(labels.join('.'))));
  });
});

test('what aws-lite is not asked for is left out, and says so', async () => {
  const bundled = await bundleOf(`export const load = () => require('@aws-lite/client/src/_vendor/xml.js');`);
  expect(bundled.inputs).toContain('node_modules/@aws-lite/client/src/_vendor/xml.js');
  const { load } = run(bundled) as { load(): unknown };
  expect(load).toThrow('@aws-lite/client/src/_vendor/xml.js is not in this bundle: see lib/build/raw-answers.cjs');
});

describe('what loads a bundle fast', () => {
  test('it keeps what licences ask for', async () => {
    const { code } = await bundle({ entryPoints: ['handlers/auth.ts'] });
    expect(code).toMatch(/Bundled license information:[\s\S]+cookie[\s\S]+MIT Licensed/);
  });

  test('it has few arrow functions, which V8 parses before they are called', async () => {
    const arrowsIn = ({ code }: { readonly code: string }) => code.match(/=>/g)?.length ?? 0;
    expect(arrowsIn(await bundle({ entryPoints: ['handlers/auth.ts'] }))).toBeLessThan(150);
    expect(arrowsIn(await bundle({ entryPoints: ['handlers/auth.ts'], plugins: [], alias: {} }))).toBeGreaterThan(1000);
  });

  test('what Lambda imports is a line that requires it, and every function starts so', async () => {
    const outdir = join(folder, 'handlers');
    await build({ ...bundlingOptions(), entryPoints: HANDLERS, outdir, outExtension: { '.js': '.cjs' } });
    const lines = HANDLERS.map((handler) => {
      const name = basename(handler, '.ts');
      expect(readFileSync(join(outdir, `${name}.cjs`), 'utf8')).toMatch(
        new RegExp(`^exports\\.handler = require\\('\\./${name}\\.bundle\\.cjs'\\)\\.handler;\\n$`),
      );
      return `console.log('${name}', typeof (await import('./${name}.cjs')).handler);`;
    });
    const main = join(outdir, 'main.mjs');
    writeFileSync(main, `${lines.join('\n')}\nprocess.exit();\n`);
    const env = {
      PATH: process.env.PATH,
      API_KEYS: 'a-key-of-twenty-characters',
      ...sessionEnvironment(NOWHERE, TABLES),
    };
    const { stdout } = await promisify(execFile)(process.execPath, [main], { env });
    expect(stdout.trim().split('\n')).toEqual(HANDLERS.map((handler) => `${basename(handler, '.ts')} function`));
  });
});
