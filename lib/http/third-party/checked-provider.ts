import { createHash } from 'node:crypto';
import type { TypeProvider, UserInfo } from 'supertokens-node/recipe/thirdparty/types';
import type { UserContext } from 'supertokens-node/types';
import { inTime } from '../../dynamodb/time-budget.ts';
import { isStoredAsGiven } from '../../login/email.ts';
import { log } from '../../observability/log.ts';
import { count } from '../../observability/metrics.ts';
import { HttpError } from '../errors.ts';
import { ProviderUnavailable, SignInRefused } from './errors.ts';

type OAuthProvider = Extract<TypeProvider, { readonly type: 'oauth2' }>;

/** The most time that a provider has for one step, ms. The SDK would wait until the function ends. */
const STEP_TIMEOUT = 4000;

/**
 * Adds to a provider of SuperTokens' SDK what OpenID Connect Core 1.0 demands and the SDK leaves out, and a clear response for
 * each failure. An instance serves one request.
 * - The authorization request has a nonce, and the ID token must repeat it (section 3.1.3.7, rule 11). The nonce is a hash of
 *   the PKCE verifier, which the client keeps, so nothing has to be stored.
 * - The ID token must be of the issuer of the discovery document (rule 2).
 * - The user information must be about the ID token's user (section 5.3.2).
 * - An e-mail is not verified by the provider if the core stores it as another one.
 * - Tokens that the client sends must be for this app. The SDK leaves this to the code of each provider, and that of GitHub and
 *   LinkedIn does not look.
 */
export function checkedProvider(original: OAuthProvider): OAuthProvider {
  let expectedNonce: string | undefined;
  /** What the provider has given for a code of this app. Other tokens come from the client. */
  let exchanged: object | undefined;
  const attempt = <T>(step: string, work: () => Promise<T>) => clearly(original.id, step, work);
  return {
    ...original,
    async getAuthorisationRedirectURL(input) {
      const result = await original.getAuthorisationRedirectURL(input);
      const { pkceCodeVerifier, urlWithQueryParams } = result;
      if (pkceCodeVerifier === undefined || !asksForIdToken(original)) return result;
      const url = new URL(urlWithQueryParams);
      url.searchParams.set('nonce', nonceOf(pkceCodeVerifier));
      return { ...result, urlWithQueryParams: url.href };
    },
    exchangeAuthCodeForOAuthTokens(input) {
      const { pkceCodeVerifier } = input.redirectURIInfo;
      if (pkceCodeVerifier !== undefined && asksForIdToken(original)) expectedNonce = nonceOf(pkceCodeVerifier);
      return attempt('token', async () => {
        const tokens = await original.exchangeAuthCodeForOAuthTokens(input);
        // GitHub refuses with status 200.
        if (typeof tokens?.error === 'string') throw new Error(JSON.stringify({ error: tokens.error }));
        exchanged = tokens;
        return tokens;
      });
    },
    async getUserInfo(input) {
      const areClients = input.oAuthTokens !== exchanged;
      const isChecked = areClients && (await checkAccessToken(original, input));
      const userInfo = await attempt('user', () => original.getUserInfo(input));
      const fault =
        idTokenFault(original, userInfo, expectedNonce) ??
        (areClients && !isChecked ? clientTokensFault(userInfo) : undefined);
      if (fault !== undefined) throw tokensRefused(original.id, fault);
      return verifiedIfStoredAsGiven(userInfo);
    },
  };
}

function verifiedIfStoredAsGiven(userInfo: UserInfo): UserInfo {
  const { email } = userInfo;
  return email === undefined || isStoredAsGiven(email.id)
    ? userInfo
    : { ...userInfo, email: { ...email, isVerified: false } };
}

type UserInfoInput = Parameters<OAuthProvider['getUserInfo']>[0];

/**
 * Lets the provider's `validateAccessToken` say whether an access token is for this app.
 * @returns whether it has said so; `false` if the provider has no such function, or there is no access token
 * @throws SignInRefused if the token is not for this app
 */
async function checkAccessToken(
  { id, config }: OAuthProvider,
  { oAuthTokens, userContext = {} as UserContext }: UserInfoInput,
) {
  const { access_token: accessToken } = oAuthTokens;
  if (config.validateAccessToken === undefined || accessToken === undefined) return false;
  try {
    await inTime(STEP_TIMEOUT, config.validateAccessToken({ accessToken, clientConfig: config, userContext }));
    return true;
  } catch (error) {
    throw tokensRefused(id, 'access token', error);
  }
}

/** Why tokens that a client has sent do not show that they are for this app. Only an ID token that was verified does. */
function clientTokensFault({ rawUserInfoFromProvider: raw }: UserInfo) {
  const { sub } = raw.fromIdTokenPayload ?? {};
  if (typeof sub !== 'string') return 'missing';
  const { fromUserInfoAPI = {} } = raw;
  // What the access token leads to must name its user. The access token can be another user's.
  return Object.keys(fromUserInfoAPI).length > 0 && fromUserInfoAPI.sub !== sub ? 'subject' : undefined;
}

const asksForIdToken = ({ config }: OAuthProvider): boolean => config.scope?.includes('openid') === true;

const nonceOf = (pkceCodeVerifier: string): string =>
  createHash('sha256').update(`nonce:${pkceCodeVerifier}`).digest('base64url');

/** Why an ID token does not sign the user in, although its signature and its audience are right. */
function idTokenFault({ config }: OAuthProvider, { rawUserInfoFromProvider: raw }: UserInfo, nonce?: string) {
  const claims = raw.fromIdTokenPayload ?? {};
  const isThere = Object.keys(claims).length > 0;
  if (nonce !== undefined && claims.nonce !== nonce) return isThere ? 'nonce' : 'missing';
  if (!isThere) return undefined;
  const issuer = config.oidcDiscoveryEndpoint?.replace(/\/\.well-known\/openid-configuration$/, '');
  if (issuer !== undefined && String(claims.iss).replace(/\/$/, '') !== issuer) return 'issuer';
  const { sub } = raw.fromUserInfoAPI ?? {};
  return sub !== undefined && sub !== claims.sub ? 'subject' : undefined;
}

function tokensRefused(thirdPartyId: string, reason: string, error?: unknown): SignInRefused {
  log('warn', 'ThirdPartySignInRefused', { thirdPartyId, reason, ...(error !== undefined && { error }) });
  count('LoginFailures');
  return new SignInRefused('id_token_rejected', 'The sign-in could not be verified. Please start it again.');
}

/** Does a step at the provider, and turns what goes wrong into a response that a client can act upon. */
export async function clearly<T>(thirdPartyId: string, step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await inTime(STEP_TIMEOUT, work());
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw clearError(thirdPartyId, step, error);
  }
}

function clearError(thirdPartyId: string, step: string, error: unknown): HttpError {
  const text = error instanceof Error ? error.message : String(error);
  if (/"error"\s*:\s*"(invalid_grant|bad_verification_code)"/.test(text)) {
    log('warn', 'ThirdPartySignInRefused', { thirdPartyId, reason: 'code' });
    count('LoginFailures');
    return new SignInRefused(
      'provider_code_rejected',
      'The provider does not accept this sign-in any more. Please start it again.',
    );
  }
  if (/client config/.test(text)) return new HttpError(400, `${thirdPartyId} has no such clientType`);
  if (isJoseError(error)) return tokensRefused(thirdPartyId, error.code);
  log('error', 'ThirdPartyUnavailable', { thirdPartyId, step, error });
  return /"error"\s*:\s*"(invalid|unauthorized)_client"/.test(text)
    ? new ProviderUnavailable(
        'provider_client_refused',
        'The provider does not accept this service. Its operator must correct that.',
      )
    : new ProviderUnavailable(
        'provider_unavailable',
        'The provider is not available right now. Please try again later.',
      );
}

/** An ID token whose signature, audience or time is wrong. Without the provider's keys, nothing can be said of a token. */
const isJoseError = (error: unknown): error is Error & { readonly code: string } => {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^ERR_(JWT|JWS|JOSE_NOT|JWKS_NO_MATCHING|JWKS_MULTIPLE)/.test(code);
};
