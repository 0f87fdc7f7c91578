import type { Call } from '../../http/call.ts';
import type { Answer } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { isAtLeast } from '../../http/versions.ts';
import type { JsonObject, Millis, RefreshToken, SessionHandle, UserId } from '../../types.ts';
import { type CreateSessionInput, createSession } from '../operations/create-session.ts';
import type { RefreshSessionInput } from '../operations/refresh-outcome.ts';
import { type RefreshedSession, refreshSession, type TokenReuse } from '../operations/refresh-session.ts';
import { type RegenerateSessionInput, regenerateSession } from '../operations/regenerate-session.ts';
import { revokeSessions } from '../operations/remove-sessions.ts';
import {
  getSession,
  type SessionHandleInput,
  type SessionInformation,
  updateJwtData,
  updateSessionData,
} from '../operations/session-data.ts';
import { listSessionsOf, revokeSessionsOf, type SessionsOfUser } from '../operations/sessions-of-user.ts';
import type { IssuedAccessToken } from '../operations/tokens.ts';
import { type VerifyResult, type VerifySessionInput, verifySession } from '../operations/verify-session.ts';
import type { AccessTokenContent } from '../rules/access-token.ts';
import { recipeUserOf, type SessionRow } from '../rules/row.ts';
import { rulesOf } from './call-rules.ts';

const unauthorised = (message: string): JsonObject => ({ status: 'UNAUTHORISED', message });
const SESSION_DOES_NOT_EXIST = unauthorised('Session does not exist.');

/** POST /recipe/session: a new session with its first pair of tokens. */
export const answerCreateSession: Answer<CreateSessionInput> = async (context, input, call) => {
  const created = await createSession(context, input, rulesOf(call.version));
  const { row, accessToken, refreshToken, antiCsrfToken } = created;
  return {
    status: 'OK',
    session: describeSession(row, call),
    accessToken: describeAccessToken(accessToken),
    refreshToken: describeRefreshToken(refreshToken, row.expiry, row.createdAt),
    ...(antiCsrfToken !== undefined && { antiCsrfToken }),
  };
};

/** POST /recipe/session/refresh: a new pair of tokens for a refresh token. */
export const answerRefreshSession: Answer<RefreshSessionInput> = async (context, input, call) => {
  const result = await refreshSession(context, input, rulesOf(call.version));
  switch (result.kind) {
    case 'refreshed':
      return describeRefreshed(result, call);
    case 'reuse':
      return describeReuse(result, call);
    case 'invalid-token':
      return unauthorised('Invalid refresh token');
    case 'anti-csrf-mismatch':
      return unauthorised('Anti CSRF token missing, or not matching');
    case 'missing':
      return unauthorised('Session missing in db or has expired');
  }
};

const describeRefreshed = (refreshed: RefreshedSession, call: Call): JsonObject => ({
  status: 'OK',
  session: describeSession(refreshed.row, call),
  accessToken: describeAccessToken(refreshed.accessToken),
  refreshToken: describeRefreshToken(refreshed.refreshToken, refreshed.expiry, refreshed.createdAt),
  ...(refreshed.antiCsrfToken !== undefined && { antiCsrfToken: refreshed.antiCsrfToken }),
});

function describeReuse({ row, subtype, isForgiven }: TokenReuse, { version }: Call): JsonObject {
  const knowsSubtypes = isAtLeast(version, '5.6');
  const detail = knowsSubtypes ? { recentTokenReuseSubtype: subtype } : {};
  if (knowsSubtypes && isForgiven) return { ...unauthorised('refresh token reuse detected'), ...detail };
  return {
    status: 'TOKEN_THEFT_DETECTED',
    session: { handle: row.handle, userId: row.userId, recipeUserId: recipeUserOf(row) },
    ...detail,
  };
}

type Reason<Kind extends VerifyResult['kind']> =
  Extract<VerifyResult, { readonly kind: Kind }> extends {
    readonly reason: infer R extends string;
  }
    ? R
    : never;

/** The official core names its Java class in these messages. */
const JWT_FAULT = 'io.supertokens.session.jwt.JWT$JWTException:';

const TRY_REFRESH: Readonly<Record<Reason<'try-refresh'>, string>> = {
  malformed: `${JWT_FAULT} Invalid JWT`,
  'other-algorithm': `${JWT_FAULT} JWT header mismatch - alg`,
  'unknown-key': 'Key not found',
  'bad-signature': `${JWT_FAULT} JWT verification failed`,
  incomplete: 'Access token does not contain all the information. Maybe the structure has changed?',
  expired: 'Access token expired',
  'anti-csrf-mismatch': 'anti-csrf check failed',
};

function describeTryRefresh(result: Extract<VerifyResult, { kind: 'try-refresh' }>): JsonObject {
  const message = TRY_REFRESH[result.reason];
  const claim = 'missingClaim' in result ? ` ${result.missingClaim}` : '';
  return { status: 'TRY_REFRESH_TOKEN', message: `${message}${claim}` };
}

const UNAUTHORISED: Readonly<Record<Reason<'unauthorised'>, string>> = {
  ended: 'Either the session has ended or has been blacklisted',
  missing: 'Session missing in db',
  'rotated-out': 'rotated-out token branch; refresh required',
};

/** POST /recipe/session/verify: whether an access token is good, and a new one where the rules require it. */
export const answerVerifySession: Answer<VerifySessionInput> = async (context, input, call) => {
  const result = await verifySession(context, input, rulesOf(call.version));
  if (result.kind === 'try-refresh') return describeTryRefresh(result);
  if (result.kind === 'unauthorised') return unauthorised(UNAUTHORISED[result.reason]);
  const { content, accessToken, hasChangedClaims } = result;
  return {
    status: 'OK',
    session: describeContent(content, call),
    ...(hasChangedClaims !== undefined && { payloadUpdateAvailable: hasChangedClaims }),
    ...(accessToken !== undefined && { accessToken: describeAccessToken(accessToken) }),
  };
};

/** POST /recipe/session/regenerate: the presented access token with other claims. */
export const answerRegenerateSession: Answer<RegenerateSessionInput> = async (context, input, call) => {
  const regenerated = await regenerateSession(context, input);
  if (regenerated === undefined) return SESSION_DOES_NOT_EXIST;
  const { content, accessToken } = regenerated;
  return {
    status: 'OK',
    session: describeContent(content, call),
    ...(accessToken !== undefined && { accessToken: describeAccessToken(accessToken) }),
  };
};

/** Answers with a part of what is stored of a session. */
const answerStored =
  (describe: (session: SessionInformation, call: Call) => JsonObject): Answer<SessionHandleInput> =>
  async (context, input, call) => {
    const session = await getSession(context, input);
    return session === undefined ? SESSION_DOES_NOT_EXIST : { status: 'OK', ...describe(session, call) };
  };

/** GET /recipe/session: all that is stored of a session. */
export const answerGetSession = answerStored((session, call) => ({
  sessionHandle: session.handle,
  userId: session.userId,
  ...describeRecipeUser(recipeUserOf(session), call),
  userDataInDatabase: session.data,
  userDataInJWT: session.payload,
  expiry: session.expiry,
  timeCreated: session.createdAt,
  tenantId: 'public',
}));

/** GET /recipe/session/data: what is kept of a session in the database alone. */
export const answerGetSessionData = answerStored(({ data }) => ({ userDataInDatabase: data }));

/** GET /recipe/jwt/data: the claims that the next access token will carry. */
export const answerGetJwtData = answerStored(({ payload }) => ({ userDataInJWT: payload }));

/** PUT /recipe/session/data */
export const answerUpdateSessionData: Answer<SessionHandleInput & { readonly userDataInDatabase: JsonObject }> = async (
  context,
  input,
  { version },
) => describeUpdate(await updateSessionData(context, input, rulesOf(version)));

/** PUT /recipe/jwt/data: takes effect with the next access token. */
export const answerUpdateJwtData: Answer<SessionHandleInput & { readonly userDataInJWT: JsonObject }> = async (
  context,
  input,
  { version },
) => describeUpdate(await updateJwtData(context, input, rulesOf(version)));

export interface RemoveSessionsInput {
  readonly userId: UserId | undefined;
  readonly sessionHandles: readonly SessionHandle[] | undefined;
  readonly revokeAcrossAllTenants: boolean | undefined;
  readonly revokeSessionsForLinkedAccounts: boolean | undefined;
}

/** @throws CdiRefusal 400 if not exactly one of user and handles is named, or a flag goes with handles */
export function checkRemoveSessionsInput(input: RemoveSessionsInput): void {
  for (const flag of ['revokeAcrossAllTenants', 'revokeSessionsForLinkedAccounts'] as const) {
    if (input.userId === undefined && input[flag] !== undefined) {
      throw new CdiRefusal(400, `Invalid JSON input - ${flag} can only be set if userId is set`);
    }
  }
  if ((input.userId === undefined) === (input.sessionHandles === undefined)) {
    throw new CdiRefusal(400, 'Invalid JSON input - use one of userId or sessionHandles array');
  }
}

/** POST /recipe/session/remove: revokes the named sessions, or all of a user's. A caller may repeat it after a failure. */
export const answerRemoveSessions: Answer<RemoveSessionsInput> = async (context, input) => {
  const { userId, sessionHandles, revokeSessionsForLinkedAccounts = true } = input;
  if (userId === undefined) {
    return { status: 'OK', sessionHandlesRevoked: await revokeSessions(context, sessionHandles ?? []) };
  }
  const revoked = await revokeSessionsOf(context, { userId, withLinked: revokeSessionsForLinkedAccounts });
  await context.hooks.revokedAll(userId);
  return { status: 'OK', sessionHandlesRevoked: revoked };
};

/** GET /recipe/session/user */
export const answerListSessions: Answer<SessionsOfUser> = async (context, input) => ({
  status: 'OK',
  sessionHandles: await listSessionsOf(context, input),
});

const describeUpdate = (isStored: boolean): JsonObject => (isStored ? { status: 'OK' } : SESSION_DOES_NOT_EXIST);

const describeSession = (row: SessionRow, call: Call): JsonObject => ({
  handle: row.handle,
  userId: row.userId,
  ...describeRecipeUser(recipeUserOf(row), call),
  userDataInJWT: row.payload,
  tenantId: 'public',
});

const describeContent = (content: AccessTokenContent, call: Call): JsonObject => ({
  handle: content.sessionHandle,
  userId: content.userId,
  ...describeRecipeUser(content.recipeUserId ?? content.userId, call),
  userDataInJWT: content.payload,
  tenantId: content.tenantId,
});

const describeRecipeUser = (recipeUserId: string, { version }: Call): JsonObject =>
  isAtLeast(version, '4.0') ? { recipeUserId } : {};

const describeAccessToken = ({ token, expiry, createdAt }: IssuedAccessToken): JsonObject => ({
  token,
  expiry,
  createdTime: createdAt,
});

const describeRefreshToken = (token: RefreshToken, expiry: Millis, createdTime: Millis): JsonObject => ({
  token,
  expiry,
  createdTime,
});
