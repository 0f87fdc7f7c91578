import { createHash } from 'node:crypto';
import type {
  APIInterface,
  ProviderInput,
  RecipeInterface,
  TypeProvider,
} from 'supertokens-node/recipe/thirdparty/types';
import type { SuperTokensPlugin } from 'supertokens-node/types';
import type { ThirdPartyClient } from '../../config/third-party-config.ts';
import { isWebsite, type Websites } from '../../config/websites.ts';
import { madeUpEmailOf } from '../../login/email.ts';
import type { ReadSecrets } from '../../secrets/secrets.ts';
import { HttpError } from '../errors.ts';
import { fieldsOf, isText } from '../fields.ts';
import { overrideApis } from '../recipe-apis.ts';
import { checkedProvider, clearly } from './checked-provider.ts';
import { withConfiguredClients, withSecrets } from './client-secrets.ts';
import { SignInRefused } from './errors.ts';

export interface ThirdPartyOptions {
  readonly clients: readonly ThirdPartyClient[];
  /** Absent: clients have the secrets that your code gives them. */
  readonly readSecrets: ReadSecrets | undefined;
  readonly websites: Websites;
}

/** Gives ThirdParty the configured providers and their secrets, and checks what the SDK leaves unchecked. */
export const thirdPartySignIn = ({ clients, readSecrets, websites }: ThirdPartyOptions): SuperTokensPlugin => ({
  id: 'third-party-sign-in',
  overrideMap: {
    thirdparty: {
      config: (own) => {
        const listed = own?.signInAndUpFeature?.providers ?? [];
        const providers = withConfiguredClients(listed, clients).map((input) => completed(input, readSecrets));
        return { ...own, signInAndUpFeature: { ...own?.signInAndUpFeature, providers } };
      },
      functions: clearDiscovery,
      apis: overrideApis((original) => ({
        signInUpPOST: async (input) => {
          refuseOtherAppsTokens(input);
          return original.signInUpPOST(input);
        },
        appleRedirectHandlerPOST: async (input) => {
          refuseOtherWebsites(input.formPostInfoFromProvider, websites);
          return original.appleRedirectHandlerPOST(input);
        },
      })),
    },
  },
});

/** A provider with its secrets and checks. An `override` of yours is nearer to the SDK. */
function completed(input: ProviderInput, readSecrets: ReadSecrets | undefined): ProviderInput {
  const { config, fill } = withSecrets(input.config, readSecrets);
  const override = (sdks: TypeProvider): TypeProvider => {
    const original = input.override?.(sdks) ?? sdks;
    if (original.type !== 'oauth2') return original;
    const checked = checkedProvider(original);
    return {
      ...checked,
      async getConfigForClientType(request) {
        await fill();
        return original.getConfigForClientType(request);
      },
    };
  };
  const { thirdPartyId, generateFakeEmail = madeUpEmail(thirdPartyId) } = config;
  return { ...input, config: { ...config, generateFakeEmail }, override };
}

/**
 * Makes up an e-mail for a user without one, as the SDK does. An id that the core would store in another form, or that could run into
 * the provider's, is hashed: account linking would take two users with one e-mail for the same person.
 */
const madeUpEmail =
  (thirdPartyId: string) =>
  async ({ thirdPartyUserId: id }: { readonly thirdPartyUserId: string }): Promise<string> => {
    // No plain id has a dot.
    const name = /^[a-z0-9_-]+$/.test(id) ? id : `h.${createHash('sha256').update(id).digest('hex')}`;
    return madeUpEmailOf(`${name}.${thirdPartyId}`);
  };

/** The SDK reads the discovery document when it looks for the provider. */
const clearDiscovery = (original: RecipeInterface): RecipeInterface => ({
  ...original,
  getProvider: (input) => clearly(input.thirdPartyId, 'discovery', () => original.getProvider(input)),
});

type SignIn = Parameters<NonNullable<APIInterface['signInUpPOST']>>[0];

/**
 * Refuses an access token without an ID token. A provider gives every app such tokens, so one from another app would sign its
 * user in here. A provider with `validateAccessToken` can tell them apart: see checked-provider.ts.
 * @throws SignInRefused
 */
function refuseOtherAppsTokens(input: SignIn): void {
  if (!('oAuthTokens' in input) || input.oAuthTokens === undefined || areVerifiable(input)) return;
  throw new SignInRefused('id_token_missing', 'Send the ID token too: an access token can be for another app');
}

/** The SDK takes a token that is empty for one that is absent, and looks at the type of none. */
function areVerifiable({ provider, oAuthTokens }: { readonly provider: TypeProvider; readonly oAuthTokens: unknown }) {
  const { access_token: accessToken, id_token: idToken } = fieldsOf(oAuthTokens);
  const areTexts = [accessToken, idToken].every((token) => token === undefined || isToken(token));
  const { jwksURI, validateAccessToken } = provider.config;
  const isVerifiable =
    (validateAccessToken !== undefined && isToken(accessToken)) || (jwksURI !== undefined && isToken(idToken));
  return areTexts && isVerifiable;
}

const isToken = (value: unknown): boolean => isText(value) && value !== '';

/**
 * Sends browsers that come back from Apple to websites of this service alone. The address comes from the request, so anyone
 * could have a user's code sent elsewhere.
 * @throws HttpError 400
 */
function refuseOtherWebsites({ state }: { readonly state?: unknown }, websites: Websites): void {
  if (isWebsite(targetIn(state), websites)) return;
  throw new HttpError(400, 'This sign-in does not come from a website of this service');
}

/** The origin in the state that SuperTokens' frontends send to Apple: JSON in base64. */
function targetIn(state: unknown): string | undefined {
  try {
    const { frontendRedirectURI } = JSON.parse(Buffer.from(String(state), 'base64').toString()) as {
      readonly frontendRedirectURI?: unknown;
    };
    return new URL(String(frontendRedirectURI)).origin;
  } catch {
    return undefined;
  }
}
