import { randomUUID } from 'node:crypto';
import type { TransferMethod } from '../fixtures/client.ts';
import { hasExample } from '../fixtures/own-service.ts';
import {
  type Api,
  beginAdminSession,
  beginForgedSession,
  beginRevokedSession,
  beginSession,
  beginTossedSession,
  type ClientSession,
  idToken,
  unverifiableIdToken,
  useUpAttempts,
} from './api.ts';
import { type Answer, createCheck, type Operation, operationsOf, readDocument } from './document.ts';

type Visitor = 'user' | 'admin' | 'revoked' | 'forged' | 'tossed';

/** A request that makes an operation answer with one of its documented statuses. */
export interface Provocation {
  /** `METHOD /path status` */
  readonly of: string;
  /** One of the document's, as the body. */
  readonly example?: string;
  /** Another body. */
  readonly body?: string | ((api: Api) => Promise<object>);
  /** Whose session asks. Absent: the request has no session. */
  readonly as?: Visitor;
  readonly mode?: TransferMethod;
  /** Further request headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the path: of the session that asks, of another one of its user's, or of no session. */
  readonly handle?: 'own' | 'other' | 'none';
  readonly before?: (api: Api) => Promise<void>;
  readonly query?: string;
}

/** What is asked, in words. */
export const titleOf = ({ of, example, body, as, mode, handle, query }: Provocation): string =>
  [
    of,
    example ?? (body === undefined ? [] : 'a body of its own'),
    as === undefined ? [] : `session: ${as}`,
    handle === undefined ? [] : `handle: ${handle}`,
    mode ?? [],
    query ?? [],
  ]
    .flat()
    .join(', ');

const TOO_LARGE = JSON.stringify({ text: 'x'.repeat(20_000) });
const NO_JSON = '{"email":';

/** The operations that a page of another origin must not reach with the user's cookies. */
const CHANGING = [
  ...['POST /login/oidc', 'POST /auth/session/refresh', 'POST /auth/signout'],
  ...['DELETE /sessions/{handle}', 'POST /signout-everywhere', 'POST /like-comment'],
  ...['POST /auth/signup', 'POST /auth/signin', 'POST /auth/user/password/reset/token'],
  ...['POST /auth/user/password/reset', 'POST /auth/user/email/verify/token', 'POST /auth/user/email/verify'],
  ...['POST /auth/signinup', 'POST /auth/signinup/code', 'POST /auth/signinup/code/resend'],
  'POST /auth/signinup/code/consume',
];
const FOREIGN_PAGE = { origin: 'https://evil.example.com' };
/** The operations that read a JSON body. */
const READING_JSON = ['POST /login/oidc', 'POST /like-comment'];
/** The routes of SuperTokens' recipes for users that read a JSON body. */
const FORMS = [
  ...['POST /auth/signup', 'POST /auth/signin', 'POST /auth/user/password/reset/token'],
  ...['POST /auth/user/password/reset', 'POST /auth/user/email/verify', 'POST /auth/signinup'],
  ...['POST /auth/signinup/code', 'POST /auth/signinup/code/resend', 'POST /auth/signinup/code/consume'],
];
const PLAIN_TEXT = { 'content-type': 'text/plain' };

const DOCUMENTED = operationsOf(readDocument()).map(({ key }) => key);

/** Leaves out the example's routes if the example was removed. */
const present = (provocations: readonly Provocation[]): readonly Provocation[] =>
  hasExample
    ? provocations
    : provocations.filter(({ of }) => DOCUMENTED.some((key) => of === key || of.startsWith(`${key} `)));

/** What the service as it is deployed can be made to answer, in this order: what refuses all the rest comes last. */
export const OF_THE_SERVICE = present([
  { of: 'POST /login/oidc 200', body: async (api) => ({ idToken: await idToken(api) }), mode: 'header' },
  { of: 'POST /login/oidc 200', body: async (api) => ({ idToken: await idToken(api) }), mode: 'cookie' },
  { of: 'POST /login/oidc 400', example: 'nothing' },
  { of: 'POST /login/oidc 401', example: 'noJwt' },
  { of: 'POST /login/oidc 413', body: TOO_LARGE },
  { of: 'POST /login/oidc 503', body: async (api) => ({ idToken: await unverifiableIdToken(api) }) },
  { of: 'POST /auth/signup 200', example: 'newUser', mode: 'header' },
  { of: 'POST /auth/signup 200', example: 'anotherUser', mode: 'cookie' },
  { of: 'POST /auth/signup 200', example: 'newUser' },
  { of: 'POST /auth/signup 200', example: 'weakPassword' },
  { of: 'POST /auth/signin 200', example: 'knownUser', mode: 'header' },
  { of: 'POST /auth/signin 200', example: 'knownUser', mode: 'cookie' },
  { of: 'POST /auth/signin 200', example: 'wrongPassword' },
  { of: 'POST /auth/signin 200', example: 'unknownUser' },
  { of: 'GET /auth/signup/email/exists 200', query: '?email=first@example.com' },
  { of: 'GET /auth/signup/email/exists 400' },
  { of: 'GET /auth/emailpassword/email/exists 200', query: '?email=first@example.com' },
  { of: 'GET /auth/emailpassword/email/exists 400' },
  { of: 'POST /auth/user/password/reset/token 200', example: 'forgotten' },
  { of: 'POST /auth/user/password/reset/token 200', example: 'unknown' },
  { of: 'POST /auth/user/password/reset/token 429', example: 'unknown' },
  { of: 'POST /auth/user/password/reset 200', example: 'usedToken' },
  { of: 'POST /auth/user/email/verify/token 401' },
  { of: 'POST /auth/user/email/verify 200', example: 'usedToken' },
  { of: 'GET /auth/user/email/verify 401' },
  { of: 'POST /auth/signinup/code 200', example: 'byMail' },
  { of: 'POST /auth/signinup/code 200', example: 'byTextMessage' },
  { of: 'POST /auth/signinup/code 200', example: 'noPhoneNumber' },
  { of: 'POST /auth/signinup/code/resend 200', example: 'unknownDevice' },
  { of: 'POST /auth/signinup/code/consume 200', example: 'unknownLink' },
  { of: 'GET /auth/passwordless/email/exists 200', query: '?email=code@example.com' },
  { of: 'GET /auth/passwordless/email/exists 400' },
  { of: 'GET /auth/signup/phonenumber/exists 200', query: '?phoneNumber=%2B16505550100' },
  { of: 'GET /auth/signup/phonenumber/exists 400' },
  { of: 'GET /auth/passwordless/phonenumber/exists 200', query: '?phoneNumber=%2B16505550100' },
  { of: 'GET /auth/passwordless/phonenumber/exists 400' },
  { of: 'GET /auth/loginmethods 200' },
  { of: 'GET /auth/authorisationurl 400' },
  {
    of: 'POST /auth/callback/apple 400',
    body: 'state=none',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  ...FORMS.flatMap((key): Provocation[] => [
    { of: `${key} 400`, body: NO_JSON },
    { of: `${key} 400`, body: '{}' },
    { of: `${key} 413`, body: TOO_LARGE },
    { of: `${key} 415`, body: '{}', headers: PLAIN_TEXT },
  ]),
  { of: 'POST /auth/session/refresh 200', as: 'user', mode: 'header' },
  { of: 'POST /auth/session/refresh 200', as: 'user', mode: 'cookie' },
  { of: 'POST /auth/session/refresh 400', as: 'tossed', mode: 'cookie' },
  { of: 'POST /auth/session/refresh 401', mode: 'cookie' },
  { of: 'POST /auth/session/refresh 401', as: 'revoked' },
  { of: 'POST /auth/signout 200', as: 'user', mode: 'header' },
  { of: 'POST /auth/signout 200', as: 'user', mode: 'cookie' },
  { of: 'POST /auth/signout 401' },
  { of: 'GET /auth/jwt/jwks.json 200' },
  { of: 'GET /auth/.well-known/openid-configuration 200' },
  { of: 'GET /sessions 200', as: 'user' },
  { of: 'GET /sessions 200', as: 'user', query: '?limit=1' },
  { of: 'GET /sessions 400', as: 'user', query: '?limit=0' },
  { of: 'GET /sessions 401' },
  { of: 'GET /sessions 401', as: 'revoked' },
  { of: 'DELETE /sessions/{handle} 204', as: 'user', handle: 'own' },
  { of: 'DELETE /sessions/{handle} 204', as: 'user', handle: 'own', mode: 'cookie' },
  { of: 'DELETE /sessions/{handle} 204', as: 'user', handle: 'other' },
  { of: 'DELETE /sessions/{handle} 401', handle: 'none' },
  { of: 'DELETE /sessions/{handle} 404', as: 'user', handle: 'none' },
  { of: 'POST /signout-everywhere 200', as: 'user', mode: 'header' },
  { of: 'POST /signout-everywhere 200', as: 'user', mode: 'cookie' },
  { of: 'POST /signout-everywhere 401' },
  { of: 'POST /like-comment 200', example: 'comment', as: 'user' },
  { of: 'POST /like-comment 400', example: 'noComment', as: 'user' },
  { of: 'POST /like-comment 400', body: NO_JSON, as: 'user' },
  { of: 'POST /like-comment 401', example: 'comment' },
  { of: 'POST /like-comment 413', body: TOO_LARGE, as: 'user' },
  { of: 'GET /sessioninfo 200', as: 'user', mode: 'header' },
  { of: 'GET /sessioninfo 200', as: 'user', mode: 'cookie' },
  { of: 'GET /sessioninfo 401' },
  { of: 'GET /sessioninfo 401', as: 'forged' },
  { of: 'GET /admin-report 200', as: 'admin' },
  { of: 'GET /admin-report 401' },
  { of: 'GET /admin-report 403', as: 'user' },
  { of: 'GET /greeting 200' },
  { of: 'GET /greeting 200', as: 'user' },
  { of: 'GET /greeting 401', as: 'forged' },
  { of: 'GET /authorized 200', as: 'user' },
  { of: 'GET /authorized 403' },
  { of: 'GET /jwt-authorized 200', as: 'user' },
  { of: 'GET /jwt-authorized 401' },
  { of: 'GET / 200' },
  { of: 'GET /health 200' },
  ...CHANGING.map((key): Provocation => ({ of: `${key} 403`, as: 'user', mode: 'cookie', headers: FOREIGN_PAGE })),
  ...READING_JSON.map((key): Provocation => ({ of: `${key} 415`, as: 'user', body: '{}', headers: PLAIN_TEXT })),
  {
    of: 'POST /auth/signin 429',
    example: 'unknownUser',
    before: (api) => useUpAttempts(api, 'to sign in', 'unknown@example.com'),
  },
  { of: 'POST /auth/signup 429', example: 'newUser', before: (api) => useUpAttempts(api, 'to sign up', '') },
]);

/** What it answers without a provider. */
export const WITHOUT_PROVIDER: readonly Provocation[] = [{ of: 'POST /login/oidc 404', example: 'nothing' }];

/** How an operation comes as far as the store: by a request that is good. */
const GOOD_REQUESTS = present([
  { of: 'POST /login/oidc', body: async (api) => ({ idToken: await idToken(api) }) },
  { of: 'POST /auth/session/refresh', as: 'user' },
  { of: 'POST /auth/signout', as: 'user' },
  { of: 'GET /auth/jwt/jwks.json' },
  { of: 'GET /sessions', as: 'user' },
  { of: 'DELETE /sessions/{handle}', as: 'user', handle: 'own' },
  { of: 'POST /signout-everywhere', as: 'user' },
  { of: 'POST /like-comment', as: 'user', example: 'comment' },
  { of: 'GET /sessioninfo', as: 'user' },
  { of: 'GET /admin-report', as: 'user' },
  { of: 'GET /greeting', as: 'user' },
]);

/** What it answers while its store does not. */
export const WITH_STORE_AWAY: readonly Provocation[] = [
  ...GOOD_REQUESTS.map((request) => ({ ...request, of: `${request.of} 503` })),
  { of: 'GET /health 503' },
];

/** What it answers while its store refuses it, as it does without the permission. */
export const WITH_STORE_REFUSING: readonly Provocation[] = GOOD_REQUESTS.map((request) => ({
  ...request,
  of: `${request.of} 500`,
}));

/** Faults of the store, and what takes a user with a mail. */
const OF_THE_USER_FUNCTION =
  /^(POST|GET) \/auth\/(signup|signin|emailpassword|passwordless|user)\b.* (500|503)$|^(POST|GET) \/auth\/user\/email\/verify(\/token)? 200$/;

/** What takes a provider. */
const WITH_A_PROVIDER =
  /^(GET \/auth\/authorisationurl 200|POST \/auth\/signinup (200|401)|POST \/auth\/callback\/apple 303)$|^(POST|GET) \/auth\/(signinup|authorisationurl|callback|loginmethods)\b.* (500|503)$/;

/** Why a documented status is provoked by none of these. */
export function whyNot(of: string): string | undefined {
  if (OF_THE_USER_FUNCTION.test(of))
    return 'test/handlers/user.test.ts and test/offline/user-recipes.slow.test.ts provoke it';
  if (WITH_A_PROVIDER.test(of))
    return 'test/handlers/third-party.test.ts and test/abuse/third-party.test.ts provoke it';
  if (of === 'POST /auth/user/email/verify/token 400') return 'test/abuse/ambiguous-emails.test.ts provokes it';
  if (of.endsWith(' 429')) return "API Gateway's throttling, which nothing here does";
  if (of === 'GET /authorized 500') return "API Gateway's, when the authorizer fails; serverless-offline says 401";
  return undefined;
}

function operationOf(operations: readonly Operation[], { of }: Provocation): Operation {
  const operation = operations.find(({ key }) => of.startsWith(`${key} `));
  if (operation === undefined) throw new Error(`No operation has ${of}`);
  return operation;
}

/** What is wrong with the answer to a provocation, by the document: nothing, if all is well. */
export function createFaults(document: Parameters<typeof createCheck>[0]) {
  const check = createCheck(document);
  const operations = operationsOf(document);
  return (provocation: Provocation, answer: Answer | undefined): string[] => {
    const { of } = provocation;
    if (answer === undefined || !of.endsWith(` ${answer.status}`)) return [`${of}: ${answer?.status} ${answer?.text}`];
    return check(operationOf(operations, provocation), answer).map((fault) => `${of}: ${fault}`);
  };
}

/** A request that is ready to be sent, whatever becomes of the store meanwhile; to other functions, if need be. */
export type Prepared = (to?: Api) => Promise<Answer>;

/** Prepares a provocation: the users that it needs log in. */
export async function prepare(api: Api, operations: readonly Operation[], provocation: Provocation): Promise<Prepared> {
  const operation = operationOf(operations, provocation);
  const { mode = 'header', as, handle, before, headers: further, query = '' } = provocation;
  await before?.(api);
  const sub = randomUUID();
  const session = as === undefined ? undefined : await sessionOf(api, as, mode, sub);
  const body = await bodyOf(api, operation, provocation);
  const path = operation.path.replace('{handle}', await handleFor(api, handle, session, sub));
  const tokens = operation.path.endsWith('/session/refresh') ? session?.refresh : session?.access;
  const headers = { 'st-auth-mode': mode, 'content-type': 'application/json', ...tokens, ...further };
  return async (to = api) => {
    const init = { method: operation.method, headers, ...(body !== undefined && { body }) };
    const response = await to.fetch(`${to.url}${path}${query}`, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

function sessionOf(api: Api, as: Visitor, mode: TransferMethod, sub: string): Promise<ClientSession> {
  switch (as) {
    case 'user':
      return beginSession(api, mode, sub);
    case 'admin':
      return beginAdminSession(api);
    case 'revoked':
      return beginRevokedSession(api);
    case 'forged':
      return beginForgedSession(api);
    case 'tossed':
      return beginTossedSession(api);
  }
}

async function bodyOf(api: Api, operation: Operation, { example, body }: Provocation): Promise<string | undefined> {
  if (example === undefined) return typeof body === 'function' ? JSON.stringify(await body(api)) : body;
  if (!(example in operation.examples)) throw new Error(`${operation.key} has no example ${example}`);
  return JSON.stringify(operation.examples[example]);
}

async function handleFor(
  api: Api,
  handle: Provocation['handle'],
  session: ClientSession | undefined,
  sub: string,
): Promise<string> {
  if (handle === 'own') return session?.handle ?? '';
  if (handle === 'other') return (await beginSession(api, 'header', sub)).handle;
  return '00000000-0000-4000-8000-000000000000';
}
