/// <reference path="./oidc-provider.d.ts" />
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider, { type Configuration, type InteractionResult } from 'oidc-provider';
import { CANCEL, FAIL, logInPage } from './log-in-page.ts';
import { PROVIDER_USERS } from './users.ts';

/** The one client of the local provider. Its secret protects nothing. */
export interface LocalClient {
  readonly id: string;
  readonly secret: string;
}

const LOG_IN = '/log-in/';

/**
 * Creates an OpenID Connect provider for this machine, with a log-in page without a password. It keeps everything in
 * memory, and requires PKCE.
 * @param issuer the address at which the server will listen
 */
export function createSignInProvider(issuer: string, client: LocalClient): Server {
  const provider = new Provider(issuer, configuration(client));
  // The website can be at any port.
  provider.Client.prototype.redirectUriAllowed = isOnThisMachine;
  const answer = provider.callback();
  return createServer((request, response) => {
    request.headers.cookie = withoutSession(request.headers.cookie);
    if (!request.url?.startsWith(LOG_IN)) return answer(request, response);
    logIn(provider, request, response).catch((error: unknown) => {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end(String(error));
    });
  });
}

/** The browser's cookies, but for that of an earlier sign-in: each one asks which user it is. */
const withoutSession = (cookies = ''): string =>
  cookies
    .split('; ')
    .filter((cookie) => !cookie.startsWith('_session'))
    .join('; ');

async function logIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') {
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
      .end(logInPage());
    return;
  }
  const choice = new URLSearchParams(await text(request)).get('choice');
  await provider.interactionFinished(request, response, resultOf(choice));
}

function resultOf(choice: string | null): InteractionResult {
  if (choice === CANCEL) return { error: 'access_denied', error_description: 'The user has cancelled the sign-in' };
  const user = PROVIDER_USERS.find(({ id }) => id === choice);
  if (choice === FAIL || user === undefined) {
    return { error: 'server_error', error_description: 'The provider has failed, as you asked' };
  }
  return { login: { accountId: user.id, remember: false } };
}

/** A website on this machine: the only ones that a code may reach. */
function isOnThisMachine(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  return /^https?:$/.test(protocol) && /^(localhost|127\.0\.0\.1|\[::1\])$|\.localhost$/.test(hostname);
}

const HOUR = 3600;

const configuration = ({ id, secret }: LocalClient): Configuration => ({
  clients: [
    {
      client_id: id,
      client_secret: secret,
      // The library wants one. `isOnThisMachine` decides.
      redirect_uris: ['http://localhost:3000/auth/callback/local'],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  jwks: { keys: [signingKey()] },
  cookies: { keys: [randomUUID()] },
  // The ID token has the e-mail too, as Google's has.
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  ttl: { AccessToken: HOUR, AuthorizationCode: 60, Grant: HOUR, IdToken: HOUR, Interaction: HOUR, Session: HOUR },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, { uid }) => `${LOG_IN}${uid}` },
  async findAccount(_context, id) {
    const user = PROVIDER_USERS.find((candidate) => candidate.id === id);
    if (user === undefined) return undefined;
    const claims = { sub: id, email: user.email, email_verified: user.isEmailVerified };
    return { accountId: id, claims: async () => claims };
  },
  // The provider does not ask for the user's consent.
  async loadExistingGrant({ oidc: { client, session, provider } }) {
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
});

function signingKey(): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'RS256', use: 'sig' };
}
