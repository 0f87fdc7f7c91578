import type { BuildOptions } from 'esbuild';
import fc from 'fast-check';
import type SuperTokens from 'supertokens-node';
import { SDK } from '../../lib/build/session-only.ts';
import { bundle, bundleOf, RECIPES, run } from './bundles.ts';

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
