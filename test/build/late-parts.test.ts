import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { bundlingOptions } from '../../lib/build/bundling.ts';
import { ownFile } from '../../lib/build/own-files.ts';
import { fileOf } from '../../lib/build/session-only.ts';
import { bundleOf, run } from './bundles.ts';

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
