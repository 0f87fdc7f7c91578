import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type BuildOptions, build, type OutputFile, type Plugin } from 'esbuild';
import fc from 'fast-check';
import type SuperTokens from 'supertokens-node';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import { ownFile } from '../../lib/build/own-files.ts';
import { fileOf, OWN_FILE_OF, REPLACED, SDK, USED_BY } from '../../lib/build/session-only.ts';

const ROOT = process.cwd();
/** The engine's handlers. An application's own may be of any size. */
const HANDLERS = [
  ...readFileSync('lib/build/stack/functions.yml', 'utf8').matchAll(/handler: (handlers\/[\w-]+)\./g),
].map(([, file]) => `${file}.ts`);
/** The target is 300 KB. A bundle that passes this limit has a new dependency. */
const MAX_ZIPPED = 215_000;
const MAX_MINIFIED = 690_000;
/** With SuperTokens' recipes for users, hashes of passwords, providers and phone numbers. */
const MAX_MINIFIED_WITH_USERS = 1_050_000;
const MAX_ZIPPED_WITH_USERS = 220_000;
/** Or not at the start. */
const NOT_NEEDED = ['bcryptjs', 'cross-fetch', 'libphonenumber-js', 'node-fetch', 'nodemailer', 'pako', 'pg', 'twilio'];
const RECIPES = ['accountlinking', 'jwt', 'multitenancy', 'oauth2provider', 'openid', 'session', 'usermetadata'];

/** Where the metafile says that the code of a part comes from. */
const inputOf = (name: string): string => {
  const own = OWN_FILE_OF[name];
  return own === undefined ? relative(ROOT, fileOf(name)) : ownFile(own);
};

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
  const isCode = (file: string) => basename(file) === 'b.cjs';
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

/** What a bundle exports. @param files what it reads from its folder */
function run(
  { code, files }: { readonly code: string; readonly files: readonly OutputFile[] },
  load: (file: string) => unknown = require,
): unknown {
  for (const { path, contents } of files) writeFileSync(join(folder, basename(path)), contents);
  const module = { exports: {} };
  new Function('module', 'exports', 'require', '__dirname', code)(module, module.exports, load, folder);
  return module.exports;
}

const bundleOf = (contents: string, options: BuildOptions = {}) =>
  bundle({ stdin: { contents, resolveDir: ROOT, loader: 'ts' }, ...options });

describe.each(HANDLERS)('%s', (handler) => {
  test('is small, and has nothing that it never uses', async () => {
    const { code, inputs } = await bundle({ entryPoints: [handler] });
    const hasUsers = handler === 'handlers/user.ts';
    expect(code.length).toBeLessThan(hasUsers ? MAX_MINIFIED_WITH_USERS : MAX_MINIFIED);
    expect(deflateRawSync(code).length).toBeLessThan(hasUsers ? MAX_ZIPPED_WITH_USERS : MAX_ZIPPED);
    const files = inputs.filter((input) => !/^(left-out|loaded-late):/.test(input));
    expect(files.filter((file) => NOT_NEEDED.some((name) => file.includes(`node_modules/${name}/`)))).toEqual([]);
  });
});

test('the demo page has the browser SDK in its text, and nothing of the backend', async () => {
  const { code, inputs } = await bundle({ entryPoints: ['handlers/page.ts'] });
  expect(inputs.filter((input) => /node_modules\/(supertokens|jose|aws4)/.test(input))).toEqual([]);
  expect(deflateRawSync(code).length).toBeLessThan(60_000);
});

describe('a function without sessions carries no SuperTokens', () => {
  const isSdk = (input: string) => input.includes('node_modules/supertokens-node/');
  const PLAIN = `
    import { HttpError, json, plainRoute, readJson } from './lib/index.ts';
    export const handler = plainRoute(async (request) => {
      const { name } = readJson(request);
      if (name === undefined) throw new HttpError(400, 'name is missing');
      return json(200, { name });
    });`;

  test.each([
    ...['handlers/health.ts', 'handlers/not-found.ts', 'handlers/page.ts'],
    'test/fixtures/handlers/behind-authorizer.ts',
  ])('%s', async (handler) => {
    const { inputs } = await bundle({ entryPoints: [handler] });
    expect(inputs).toContain('lib/config/variables.ts');
    expect(inputs.filter(isSdk)).toEqual([]);
  });

  test("a user's plain route, which imports from lib/index.ts, has no DynamoDB client either", async () => {
    const { code, inputs } = await bundleOf(PLAIN);
    expect(inputs).toContain('lib/http/json.ts');
    expect(inputs.filter((input) => isSdk(input) || input.includes('node_modules/aws4/'))).toEqual([]);
    expect(deflateRawSync(code).length).toBeLessThan(20_000);
  });

  test('a route with sessions does carry it', async () => {
    const { inputs } = await bundle({ entryPoints: ['handlers/session-info.ts'] });
    expect(inputs.some(isSdk)).toBe(true);
  });
});

describe('what is left out of the SDK', () => {
  test.each(Object.keys(REPLACED))('%s is in the SDK, which asks for it', async (name) => {
    const { inputs } = await bundle({ entryPoints: ['handlers/session-info.ts'] });
    expect(inputs).toContain(`left-out:${fileOf(name)}`);
    expect(inputs).not.toContain(relative(ROOT, fileOf(name)));
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

  test.each([
    ['handlers/user.ts', true],
    ['handlers/auth.ts', false],
    ['handlers/session-info.ts', false],
  ])('%s has the recipes of users: %s', async (handler, hasUsers) => {
    const { inputs } = await bundle({ entryPoints: [handler] });
    for (const part of USED_BY.emailpassword ?? []) {
      expect([part, inputs.includes(relative(ROOT, fileOf(part)))]).toEqual([part, hasUsers]);
    }
    expect(inputs.includes(ownFile('bcryptjs'))).toBe(hasUsers);
    const recipes = ['emailpassword', 'emailverification', 'userroles'];
    const found = recipes.filter((name) => inputs.some((input) => input.endsWith(`/build/recipe/${name}/recipe.js`)));
    expect(found).toEqual(hasUsers ? recipes : []);
  });

  test('another recipe cannot be bundled, and the message says what to do', async () => {
    const adding = bundleOf(`import Totp from 'supertokens-node/recipe/totp'; Totp.init;`);
    await expect(adding).rejects.toThrow(
      /does not serve recipe\/totp, and .* With another core, remove the plugin sessionOnly/,
    );
  });

  test.each(Object.entries(USED_BY))('a function that imports %s has what this recipe uses', async (recipe, parts) => {
    const { inputs } = await bundleOf(
      `import Recipe from 'supertokens-node/recipe/${recipe}'; export const { init } = Recipe;`,
    );
    const isThere = (name: string) => inputs.includes(inputOf(name));
    expect(Object.keys(REPLACED).filter(isThere).sort()).toEqual([...parts].sort());
  });
});

describe('phone numbers are read by a bundle', () => {
  const READING = `export { readPhoneNumber } from './lib/phone-numbers/read-phone-number.ts';`;
  const withRecipe = (name: string) =>
    `${READING} import Recipe from 'supertokens-node/recipe/${name}'; export { Recipe };`;

  test.each([
    ['the core itself', READING, '+16505550100'],
    ['a function with the Passwordless recipe', withRecipe('passwordless'), '+16505550100'],
    ['no function with other recipes alone, which has no library for it', withRecipe('emailpassword'), undefined],
  ])('%s', async (_which, contents, number) => {
    const bundled = await bundleOf(contents);
    const { readPhoneNumber } = run(bundled) as { readPhoneNumber(text: string): Promise<string | undefined> };
    expect(await readPhoneNumber('+1 650 555 0100')).toBe(number);
    expect(bundled.inputs.includes(ownFile('phone-numbers'))).toBe(number !== undefined);
  });
});

describe('what a bundle loads at its first use', () => {
  const PROVIDERS = 'recipe/thirdparty/providers/configUtils.js';
  /** Notes in `globalThis.loaded` that the providers have run. They are in the bundle. */
  const noting: Plugin = {
    name: 'noting',
    setup({ onLoad }) {
      onLoad({ filter: /configUtils\.js$/, namespace: 'file' }, ({ path }) => {
        if (path !== fileOf(PROVIDERS)) return undefined;
        return { contents: `${readFileSync(path, 'utf8')}\nglobalThis.loaded.push('${PROVIDERS}');`, loader: 'js' };
      });
    },
  };
  /** Notes which of the bundle's own files it loads. */
  const load = (file: string): unknown => {
    const [, name] = /([\w-]+)-\w+\.cjs$/.exec(file) ?? [];
    if (name !== undefined) loaded.push(name);
    return require(file);
  };
  const loaded: string[] = [];

  beforeEach(() => {
    loaded.length = 0;
    Object.assign(globalThis, { loaded });
  });

  const start = async (recipes: string) => {
    const contents = `
      import SuperTokens from 'supertokens-node';
      import Passwordless from 'supertokens-node/recipe/passwordless';
      import ThirdParty from 'supertokens-node/recipe/thirdparty';
      SuperTokens.init({
        framework: 'awsLambda',
        supertokens: { connectionURI: 'http://127.0.0.1:9' },
        appInfo: { appName: 'App', apiDomain: 'http://localhost', websiteDomain: 'http://localhost' },
        recipeList: [${recipes}],
      });
      const sdk = require('supertokens-node/lib/build/supertokens').default.getInstanceOrThrowError();
      export const recipe = (id) => sdk.getRecipeInstanceOrThrow(id);
      export const providers = () => require('supertokens-node/lib/build/recipe/thirdparty/providers/configUtils');`;
    const plugins = [...bundlingOptions().plugins, noting];
    return run(await bundleOf(contents, { plugins }), load) as {
      recipe(id: string): { config: { validatePhoneNumber(number: string): string | undefined } };
      providers(): {
        findAndCreateProviderInstance(...input: unknown[]): Promise<{ config: { clientSecret: string } }>;
      };
    };
  };

  test('phone numbers, when one is checked', async () => {
    const { recipe } = await start(
      `Passwordless.init({ contactMethod: 'PHONE', flowType: 'USER_INPUT_CODE' }), ThirdParty.init()`,
    );
    expect(loaded).toEqual([]);
    const { validatePhoneNumber } = recipe('passwordless').config;
    expect([validatePhoneNumber('+1 650 555 0100'), validatePhoneNumber('12')]).toEqual([
      undefined,
      'Phone number is invalid',
    ]);
    expect(loaded).toEqual(['phone-numbers']);
  });

  test("providers, when one is asked for, and jose's signing, when Apple needs it", async () => {
    const { providers } = await start(
      `ThirdParty.init(), Passwordless.init({ contactMethod: 'PHONE', flowType: 'USER_INPUT_CODE' })`,
    );
    expect(loaded).toEqual([]);
    const find = (id: string, client: object, endpoint?: string) => {
      const config = { thirdPartyId: id, clients: [client], ...(endpoint && { oidcDiscoveryEndpoint: endpoint }) };
      return providers().findAndCreateProviderInstance('public', [{ config }], id, undefined, {});
    };
    await find('github', { clientId: 'c', clientSecret: 's' });
    expect(loaded).toEqual([PROVIDERS]);
    const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    const additionalConfig = { keyId: 'k', teamId: 't', privateKey };
    // The client's secret is made before the discovery document is asked for, which nothing serves here.
    const endpoint = 'http://127.0.0.1:9/.well-known/openid-configuration';
    await expect(find('apple', { clientId: 'c', additionalConfig }, endpoint)).rejects.toThrow('fetch failed');
    expect(loaded).toEqual([PROVIDERS, 'jose']);
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
    expect(() => oauth2?.recipeInterfaceImpl).toThrow(
      /recipe\/oauth2provider is not in this bundle.+lib\/build\/bundling/,
    );
    expect(() => user.loginMethods[0]?.hasSamePhoneNumberAs('+15550100')).toThrow(/libphonenumber-js is not in/);
    await expect(superTokens.getAvailableFirstFactors('public')).rejects.toThrow(/multifactorauth is not in/);
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

test('a bundle keeps the license comments of its packages', async () => {
  const { code } = await bundle({ entryPoints: ['handlers/auth.ts'] });
  expect(code).toMatch(/Bundled license information:[\s\S]+cookie[\s\S]+MIT Licensed/);
});

test('a bundle keeps the names of functions and classes, which errors and stack traces show', async () => {
  const contents = `export class TokenTheft extends Error {} export function readToken() { throw new TokenTheft(); }`;
  const { TokenTheft, readToken } = run(await bundleOf(contents)) as Record<string, { readonly name: string }>;
  expect([TokenTheft?.name, readToken?.name]).toEqual(['TokenTheft', 'readToken']);
});

test('a list of recipes may send its mails by the SDK’s SMTP service, which is then in the bundle', async () => {
  const bundled = await bundleOf(`
    import EmailPassword from 'supertokens-node/recipe/emailpassword';
    import { SMTPService } from 'supertokens-node/recipe/emailpassword/emaildelivery';
    import { SMTPService as Verification } from 'supertokens-node/recipe/emailverification/emaildelivery';
    const from = { name: 'App', email: 'app@example.com' };
    const smtpSettings = { host: 'smtp.example.com', port: 465, from, password: 'secret', secure: true };
    const service = new SMTPService({ smtpSettings });
    export const recipe = EmailPassword.init({ emailDelivery: { service } });
    export const sends = [service, new Verification({ smtpSettings })].map(({ sendEmail }) => typeof sendEmail);
  `);
  expect(run(bundled)).toMatchObject({ recipe: expect.any(Function), sends: ['function', 'function'] });
  expect(bundled.inputs).toContainEqual(expect.stringContaining('node_modules/nodemailer/'));
});
