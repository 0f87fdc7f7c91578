import type { CoreContext } from '../context.ts';
import { readJwks } from '../jwt/operations/read-jwks.ts';
import { answerCreateJwt, answerGetJwks } from '../jwt/wire/answers.ts';
import { listSessions } from '../session/operations/list-sessions.ts';
import type { SessionHandleInput } from '../session/operations/session-data.ts';
import {
  type Answer,
  answerCreateSession,
  answerGetJwtData,
  answerGetSession,
  answerGetSessionData,
  answerRefreshSession,
  answerRegenerateSession,
  answerRemoveSessions,
  answerUpdateJwtData,
  answerUpdateSessionData,
  answerVerifySession,
  type Call,
  checkRemoveSessionsInput,
} from '../session/wire/answers.ts';
import type { SessionHandle } from '../types.ts';
import { tenantNotFound, tenantOf } from './address.ts';
import { type CoreRequest, type CoreResponse, json, plainText } from './answer.ts';
import { CdiRefusal } from './refusal.ts';
import {
  type Fields,
  flag,
  object,
  optional,
  parseBody,
  queryFlag,
  queryText,
  queryUserId,
  readFields,
  sessionHandle,
  sessionHandles,
  text,
  userId,
  wholeNumber,
} from './schema.ts';
import { CDI_VERSIONS, type CdiVersion, isAtLeast } from './versions.ts';

/** A request whose address, key, method and version have been found good. */
export interface Received extends Call {
  readonly tenant: string;
  readonly request: CoreRequest;
}

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Answers without an API key, and whatever CDI version is asked for. */
  readonly isOpen?: boolean;
  readonly answer: (context: CoreContext, received: Received) => Promise<CoreResponse>;
}

/** Refuses a tenant that this core does not have, where the operation cares. @throws CdiRefusal 400 or 403 */
type TenantRule<Input> = (received: Received, input: Input) => void;

const anyTenant: TenantRule<unknown> = () => undefined;

const ownTenant: TenantRule<unknown> = ({ tenant }) => {
  if (tenant !== 'public') throw new CdiRefusal(400, tenantNotFound('public', tenant));
};

const publicTenantFrom =
  (first: CdiVersion): TenantRule<unknown> =>
  ({ tenant, version }) => {
    if (tenant === 'public' || !isAtLeast(version, first)) return;
    throw new CdiRefusal(403, 'Only public tenantId can call this app specific API');
  };
const appSpecific = publicTenantFrom('5.0');

const tenantOfHandles = (handles: readonly SessionHandle[]): void => {
  const foreign = handles.map(tenantOf).find((tenant) => tenant !== 'public');
  if (foreign !== undefined) throw new CdiRefusal(400, tenantNotFound('public', foreign));
};
const handleTenant: TenantRule<SessionHandleInput> = (_received, input) => tenantOfHandles([input.sessionHandle]);

const withBody = <Input>(
  method: 'POST' | 'PUT',
  path: string,
  fields: (version: CdiVersion) => Fields<Input>,
  checks: readonly TenantRule<Input>[],
  answer: Answer<Input>,
): Endpoint => ({
  method,
  path,
  async answer(context, received) {
    const input = readFields(fields(received.version), parseBody(received.request.body));
    for (const check of checks) check(received, input);
    return json(await answer(context, input, received));
  },
});

const withQuery = <Input>(
  path: string,
  read: (query: URLSearchParams) => Input,
  rule: TenantRule<Input>,
  answer: Answer<Input>,
): Endpoint => ({
  method: 'GET',
  path,
  async answer(context, received) {
    const input = read(received.request.query);
    rule(received, input);
    return json(await answer(context, input, received));
  },
});

const handleFromQuery = (query: URLSearchParams): SessionHandleInput => ({
  sessionHandle: queryText(query, 'sessionHandle') as SessionHandle,
});

/** Whoever waits for the core to be up wants to know whether it can work: it touches the store. */
const hello = async ({ store }: CoreContext): Promise<CoreResponse> => {
  try {
    await store.publishedKeys.read();
  } catch (cause) {
    // Answered 500 even if the store is only not available now, as by the official core.
    throw new Error('The store is broken', { cause });
  }
  return plainText(200, 'Hello');
};

const greeting = (method: Endpoint['method'], path: string): Endpoint => ({
  method,
  path,
  isOpen: true,
  answer: hello,
});
const greetings = [
  greeting('GET', '/'),
  ...(['GET', 'POST', 'PUT', 'DELETE'] as const).map((method) => greeting(method, '/hello')),
];

const validityFrom = (version: CdiVersion) =>
  // Before 5.6 the field means nothing, whatever its type.
  isAtLeast(version, '5.6') ? optional(wholeNumber) : { read: () => 0, isOptional: true };

/** Every endpoint of this core, by method and path. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...greetings,
  {
    method: 'GET',
    path: '/.well-known/jwks.json',
    isOpen: true,
    async answer(context) {
      const { keys, maxAge } = await readJwks(context);
      const caching = { 'cache-control': `max-age=${maxAge}, must-revalidate` };
      return json({ keys: keys.map((key) => ({ ...key })) }, caching);
    },
  },
  withQuery(
    '/apiversion',
    () => ({}),
    appSpecific,
    async () => ({ versions: CDI_VERSIONS }),
  ),
  withQuery('/recipe/jwt/jwks', () => ({}), appSpecific, answerGetJwks),
  withQuery(
    '/user/id',
    (query) => queryText(query, 'userId'),
    appSpecific,
    // This core keeps no users; the SDK asks whether one is linked to others.
    async () => ({ status: 'UNKNOWN_USER_ID_ERROR' }),
  ),
  withBody(
    'POST',
    '/recipe/session',
    (version) => ({
      userId,
      userDataInJWT: object,
      userDataInDatabase: object,
      enableAntiCsrf: flag,
      useDynamicSigningKey: optional(flag),
      accessTokenValidity: validityFrom(version),
    }),
    [ownTenant],
    answerCreateSession,
  ),
  withQuery('/recipe/session', handleFromQuery, handleTenant, answerGetSession),
  withBody(
    'POST',
    '/recipe/session/verify',
    () => ({
      accessToken: text,
      doAntiCsrfCheck: flag,
      enableAntiCsrf: flag,
      checkDatabase: flag,
      antiCsrfToken: optional(text),
    }),
    [publicTenantFrom('5.6')],
    answerVerifySession,
  ),
  withBody(
    'POST',
    '/recipe/session/refresh',
    (version) => ({
      refreshToken: text,
      antiCsrfToken: optional(text),
      enableAntiCsrf: flag,
      useDynamicSigningKey: isAtLeast(version, '5.0') ? flag : optional(flag),
      accessTokenValidity: validityFrom(version),
    }),
    [ownTenant],
    answerRefreshSession,
  ),
  withBody(
    'POST',
    '/recipe/session/regenerate',
    () => ({ accessToken: text, userDataInJWT: optional(object) }),
    [anyTenant],
    answerRegenerateSession,
  ),
  withBody(
    'POST',
    '/recipe/session/remove',
    () => ({
      userId: optional(userId),
      sessionHandles: optional(sessionHandles),
      revokeAcrossAllTenants: optional(flag),
      revokeSessionsForLinkedAccounts: optional(flag),
    }),
    [
      (_received, input) => checkRemoveSessionsInput(input),
      (_received, { sessionHandles: handles }) => tenantOfHandles(handles ?? []),
      (received, input) => {
        if (input.userId !== undefined)
          (input.revokeAcrossAllTenants === false ? ownTenant : appSpecific)(received, input);
      },
    ],
    answerRemoveSessions,
  ),
  withQuery(
    '/recipe/session/user',
    (query) => ({
      userId: queryUserId(query),
      fetchAcrossAllTenants: queryFlag(query, 'fetchAcrossAllTenants'),
    }),
    (received, input) => (input.fetchAcrossAllTenants ? appSpecific : ownTenant)(received, input),
    async (context, input) => ({ status: 'OK', sessionHandles: await listSessions(context, input.userId) }),
  ),
  withQuery('/recipe/session/data', handleFromQuery, handleTenant, answerGetSessionData),
  withBody(
    'PUT',
    '/recipe/session/data',
    () => ({ sessionHandle, userDataInDatabase: object }),
    [handleTenant],
    answerUpdateSessionData,
  ),
  withQuery('/recipe/jwt/data', handleFromQuery, handleTenant, answerGetJwtData),
  withBody(
    'PUT',
    '/recipe/jwt/data',
    () => ({ sessionHandle, userDataInJWT: object }),
    [handleTenant],
    answerUpdateJwtData,
  ),
  withBody(
    'POST',
    '/recipe/jwt',
    () => ({
      payload: object,
      algorithm: text,
      jwksDomain: text,
      validity: wholeNumber,
      useStaticSigningKey: optional(flag),
    }),
    [appSpecific],
    answerCreateJwt,
  ),
];
