import { isAtLeast } from '../http/versions.ts';
import { verifyRs256 } from '../keys/rsa.ts';
import { type AccessTokenContent, accessTokenContent, isSamePayload, parseJwt } from '../session/access-token.ts';
import { hash2Of } from '../session/refresh-token.ts';
import { decideTwoPhaseVerify, isKnownBranch, type Presented } from '../session/rotation.ts';
import type { SessionRow } from '../session/row.ts';
import type { JsonObject } from '../types.ts';
import { type Call, type CoreContext, liveRow, type Operation, rotatesAtRefresh } from './context.ts';
import { promote } from './promote.ts';
import {
  accessTokenVersionOf,
  freshLifetime,
  keyKindOf,
  recipeUserIdFor,
  signAccessToken,
  type TokenLifetime,
} from './tokens.ts';

export interface VerifySessionInput {
  readonly accessToken: string;
  readonly antiCsrfToken: string | undefined;
  readonly doAntiCsrfCheck: boolean;
  readonly enableAntiCsrf: boolean;
  readonly checkDatabase: boolean;
}

const tryRefreshToken = (message: string): JsonObject => ({ status: 'TRY_REFRESH_TOKEN', message });
const unauthorised = (message: string): JsonObject => ({ status: 'UNAUTHORISED', message });

/** POST /recipe/session/verify: whether an access token is good, and a new one where the rules owe it. */
export const verifySession: Operation<VerifySessionInput> = async (context, input, call) => {
  const content = await authenticate(context, input.accessToken);
  if (content === undefined) return tryRefreshToken('Invalid access token');
  if (content.expiry <= context.clock()) return tryRefreshToken('Access token expired');
  const antiCsrfFault = checkAntiCsrf(content, input);
  if (antiCsrfFault !== undefined) return tryRefreshToken(antiCsrfFault);
  if (rotatesAtRefresh(context, call)) return verifyRotated(context, content, input.checkDatabase, call);
  return verifyInTwoPhases(context, content, input.checkDatabase, call);
};

/** An access token of ours, whoever shows it: signature and required claims. */
async function authenticate(context: CoreContext, token: string): Promise<AccessTokenContent | undefined> {
  const jwt = parseJwt(token);
  if (jwt === undefined || jwt.algorithm !== 'RS256') return undefined;
  const key = await context.published.find(jwt.kid);
  if (key === undefined || !verifyRs256(jwt.signingInput, jwt.signature, key)) return undefined;
  return accessTokenContent(jwt);
}

function checkAntiCsrf(content: AccessTokenContent, input: VerifySessionInput): string | undefined {
  if (!input.enableAntiCsrf || !input.doAntiCsrfCheck) return undefined;
  if (content.antiCsrfToken === undefined) {
    return 'Access token does not contain all the information. Maybe the structure has changed?';
  }
  return content.antiCsrfToken === input.antiCsrfToken ? undefined : 'anti-csrf check failed';
}

/** From CDI 5.6 on, and in process: nothing is written; the database is read only where the caller asks for it. */
async function verifyRotated(
  context: CoreContext,
  content: AccessTokenContent,
  checkDatabase: boolean,
  call: Call,
): Promise<JsonObject> {
  if (!checkDatabase) return ok(content, call);
  const row = await liveRow(context, content.sessionHandle);
  if (row === undefined) return unauthorised('Either the session has ended or has been blacklisted');
  // In process a retry gets the same token again, so there are no branches to tell apart.
  if (context.config.rotation === 'by-version' && !isKnownBranch(row, presented(content))) {
    return unauthorised('rotated-out token branch; refresh required');
  }
  const payloadUpdateAvailable = !isSamePayload(row.payload, content.payload);
  if (isAtLeast(call.version, '5.6')) return { ...ok(content, call), payloadUpdateAvailable };
  if (!payloadUpdateAvailable) return ok(content, call);
  return withNewToken(context, row, content, keptLifetime(context, content), call);
}

/** Up to CDI 5.5: the first use of a refreshed token makes its refresh token the live one. */
async function verifyInTwoPhases(
  context: CoreContext,
  content: AccessTokenContent,
  checkDatabase: boolean,
  call: Call,
): Promise<JsonObject> {
  if (!checkDatabase && content.parentRefreshTokenHash1 === undefined) return ok(content, call);
  const row = await liveRow(context, content.sessionHandle);
  if (row === undefined) {
    return unauthorised(
      checkDatabase ? 'Either the session has ended or has been blacklisted' : 'Session missing in db',
    );
  }
  const token = presented(content);
  const decision = decideTwoPhaseVerify(row, token);
  if (decision === 'promote') {
    const promoted = await promote(context, row, token.hash2);
    // Another request changed the row in between: decide again.
    if (promoted === undefined) return verifyInTwoPhases(context, content, checkDatabase, call);
    return withNewToken(context, promoted, content, freshLifetime(context), call);
  }
  // The official core renews here. It stays bounded, because the new token has no parent.
  if (decision === 'mint') return withNewToken(context, row, content, freshLifetime(context), call);
  if (!checkDatabase || isSamePayload(row.payload, content.payload)) return ok(content, call);
  return withNewToken(context, row, content, keptLifetime(context, content), call);
}

const presented = (content: AccessTokenContent): Presented => ({
  hash2: hash2Of(content.refreshTokenHash1),
  parentHash2: content.parentRefreshTokenHash1 === undefined ? undefined : hash2Of(content.parentRefreshTokenHash1),
});

const ok = (content: AccessTokenContent, call: Call, payload = content.payload): JsonObject => ({
  status: 'OK',
  session: {
    handle: content.sessionHandle,
    userId: content.userId,
    ...recipeUserIdFor(call, content.recipeUserId ?? content.userId),
    userDataInJWT: payload,
    tenantId: content.tenantId,
  },
});

/**
 * A new access token with the stored payload, without a parent, of the version of the presented one.
 * @param lifetime that of the new token
 */
async function withNewToken(
  context: CoreContext,
  row: SessionRow,
  content: AccessTokenContent,
  lifetime: TokenLifetime,
  call: Call,
): Promise<JsonObject> {
  // The user is the one that the verified token names: a row that says otherwise was written past the core.
  const renewed = { ...content, ...lifetime, parentRefreshTokenHash1: undefined, payload: row.payload };
  const accessToken = await signAccessToken(context, accessTokenVersionOf(content), keyKindOf(row), renewed);
  return { ...ok(content, call, row.payload), accessToken };
}

/** Changed claims never prolong a token. Otherwise a stolen one could be renewed with each change, for ever. */
const keptLifetime = (context: CoreContext, { expiry }: AccessTokenContent): TokenLifetime => ({
  ...freshLifetime(context),
  expiry,
});
