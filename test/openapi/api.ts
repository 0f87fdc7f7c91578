import { randomUUID } from 'node:crypto';
import { concurrently } from '../../lib/core/concurrently.ts';
import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import { ATTEMPT_LIMITS, ATTEMPT_WINDOW, createAttempts } from '../../lib/login/attempts.ts';
import type { TransferMethod } from '../fixtures/client.ts';
import type { TestCore } from '../fixtures/core.ts';
import { type IssuerKey, idTokenClaims, signedBy, type TestIssuer } from '../fixtures/oidc-issuer.ts';

/** A running service, and what stands behind it. */
export interface Api {
  readonly url: string;
  readonly fetch: typeof fetch;
  /** A provider whose ID tokens for the client {@link CLIENT_ID} it trusts, and its key. */
  readonly issuer: TestIssuer;
  readonly key: IssuerKey;
  /** A core on the service's own tables, by the system's clock. */
  readonly core: TestCore;
  readonly db: DynamoDb;
  readonly usersTable: string;
}

export const CLIENT_ID = 'client';
/** A provider that the service trusts, too, and that no client can reach: port 9 discards what it gets. */
const LOST_ISSUER = 'http://127.0.0.1:9';

/** As `OIDC_PROVIDERS` has it. */
export const providersOf = ({ issuer }: TestIssuer): string => `${issuer}=${CLIENT_ID};${LOST_ISSUER}=${CLIENT_ID}`;

type HeaderValues = Readonly<Record<string, string>>;

/** A session as its client holds it: the headers that present each of its tokens. */
export interface ClientSession {
  readonly handle: string;
  readonly access: HeaderValues;
  readonly refresh: HeaderValues;
}

export const idToken = ({ issuer, key }: Api, sub: string = randomUUID()): Promise<string> =>
  signedBy(key, idTokenClaims(issuer.issuer, CLIENT_ID, Date.now(), { sub }));

/** A good ID token whose signature cannot be verified. */
export const unverifiableIdToken = ({ key }: Api): Promise<string> =>
  signedBy(key, idTokenClaims(LOST_ISSUER, CLIENT_ID, Date.now()));

/** Begins a session without a password, which would take a while to hash. @param sub names the user */
export async function beginSession(api: Api, mode: TransferMethod, sub?: string): Promise<ClientSession> {
  const response = await api.fetch(`${api.url}/login/oidc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'st-auth-mode': mode },
    body: JSON.stringify({ idToken: await idToken(api, sub) }),
  });
  if (response.status !== 200) throw new Error(`No session: ${response.status} ${await response.text()}`);
  return sessionIn(response.headers, mode);
}

function sessionIn(headers: Headers, mode: TransferMethod): ClientSession {
  if (mode === 'header') {
    const bearer = (token: string | null) => ({ authorization: `Bearer ${token}`, 'st-auth-mode': mode });
    const access = bearer(headers.get('st-access-token'));
    return { handle: handleIn(access.authorization), access, refresh: bearer(headers.get('st-refresh-token')) };
  }
  const cookies = headers.getSetCookie().map((cookie) => cookie.slice(0, cookie.indexOf(';')));
  const cookie = { cookie: cookies.join('; '), 'st-auth-mode': mode };
  return { handle: handleIn(cookie.cookie), access: cookie, refresh: cookie };
}

/** From the payload of the JWT in a text. */
function handleIn(text: string): string {
  const payload = /[\w-]+\.([\w-]+)\.[\w-]+/.exec(text)?.[1] ?? '';
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sessionHandle: string }).sessionHandle;
}

/** A session whose access token has the role admin. */
export async function beginAdminSession(api: Api): Promise<ClientSession> {
  const { handle, refresh } = await beginSession(api, 'header');
  const userDataInJWT = { 'st-role': { v: ['admin'], t: Date.now() } };
  await api.core.ask('/recipe/jwt/data', { sessionHandle: handle, userDataInJWT }, { method: 'PUT' });
  const response = await api.fetch(`${api.url}/auth/session/refresh`, { method: 'POST', headers: refresh });
  return sessionIn(response.headers, 'header');
}

/** A session that has been revoked. */
export async function beginRevokedSession(api: Api): Promise<ClientSession> {
  const session = await beginSession(api, 'header');
  await api.core.ask('/recipe/session/remove', { sessionHandles: [session.handle] });
  return session;
}

/** A session with cookies, and cookies of the same names that another host of the domain has set. */
export async function beginTossedSession(api: Api): Promise<ClientSession> {
  const { handle, refresh } = await beginSession(api, 'cookie');
  const tossed = { ...refresh, cookie: `${refresh.cookie}; ${refresh.cookie}` };
  return { handle, access: tossed, refresh: tossed };
}

/** A session whose access token is none of the service's: another signature, which the SDK takes for an old key's. */
export async function beginForgedSession(api: Api): Promise<ClientSession> {
  const session = await beginSession(api, 'header');
  const [head = '', payload = '', signature = ''] = (session.access.authorization ?? '').split('.');
  const forged = Buffer.from(signature, 'base64url').reverse().toString('base64url');
  return { ...session, access: { ...session.access, authorization: `${head}.${payload}.${forged}` } };
}

/** As serverless-offline says for every client, and our events, too. */
const SOURCES = ['127.0.0.1', '192.0.2.1'];

const AT_ONCE = 10;

/** Makes all attempts that may be made in this window and in the next, lest one ends meanwhile. */
export async function useUpAttempts({ db, usersTable }: Api, kind: 'to sign in' | 'to sign up', email: string) {
  // Both begin at the same time, or a window that ends meanwhile would leave the next one half full.
  const now = Date.now();
  for (const later of [0, ATTEMPT_WINDOW]) {
    const attempts = createAttempts({ db, table: usersTable, clock: () => now + later });
    const attempt = (source: string) =>
      kind === 'to sign in' ? attempts.beginLogIn(email, source) : attempts.countSignUp(source);
    const count = kind === 'to sign in' ? ATTEMPT_LIMITS.emailAndSource : ATTEMPT_LIMITS.source;
    const sources = SOURCES.flatMap((source) => Array.from({ length: count }, () => source));
    // A call must be answered within 2 s, which a hundred at once are not on a slow machine.
    await concurrently(AT_ONCE, sources, async (source) => void (await attempt(source)));
  }
}
