import { CdiRefusal, ItemTooLarge } from '../errors.ts';
import { type CdiVersion, isAtLeast } from '../http/versions.ts';
import { signRs256 } from '../keys/rsa.ts';
import type { KeyKind } from '../keys/signing-keys.ts';
import {
  type AccessTokenContent,
  type AccessTokenVersion,
  accessTokenClaims,
  hasProtectedClaim,
  joinJwt,
  jwtSigningInput,
} from '../session/access-token.ts';
import type { SessionRow } from '../session/row.ts';
import type { AntiCsrfToken, Hash1, JsonObject, Millis, RefreshToken } from '../types.ts';
import type { Call, CoreContext } from './context.ts';

/** The part of an access token that differs from one to the next of a session. */
export interface AccessTokenParts {
  readonly refreshTokenHash1: Hash1;
  readonly parentRefreshTokenHash1?: Hash1 | undefined;
  readonly antiCsrfToken: AntiCsrfToken | undefined;
  /** ms; drawn from the configuration if absent. */
  readonly validity?: Millis | undefined;
}

export const accessTokenVersionFor = (version: CdiVersion): AccessTokenVersion =>
  isAtLeast(version, '4.0') ? '5' : '4';

/** A token that replaces another keeps its version, whatever CDI version the caller speaks. */
export const accessTokenVersionOf = ({ recipeUserId }: AccessTokenContent): AccessTokenVersion =>
  recipeUserId === undefined ? '4' : '5';

export const keyKindOf = ({ useStaticKey }: Pick<SessionRow, 'useStaticKey'>): KeyKind =>
  useStaticKey ? 'static' : 'dynamic';

/** A fresh access token of a session, as the CDI answers it. */
export function issueAccessToken(
  context: CoreContext,
  row: SessionRow,
  parts: AccessTokenParts,
  call: Call,
): Promise<JsonObject> {
  const version = accessTokenVersionFor(call.version);
  return signAccessToken(context, version, keyKindOf(row), {
    sessionHandle: row.handle,
    userId: row.userId,
    tenantId: 'public',
    recipeUserId: version === '5' ? row.userId : undefined,
    refreshTokenHash1: parts.refreshTokenHash1,
    parentRefreshTokenHash1: parts.parentRefreshTokenHash1,
    antiCsrfToken: parts.antiCsrfToken,
    ...freshLifetime(context, parts.validity),
    payload: row.payload,
  });
}

/** When an access token was issued and when it expires, in ms, both in whole seconds. */
export type TokenLifetime = Pick<AccessTokenContent, 'createdAt' | 'expiry'>;

/** The lifetime of an access token that is issued now. @param validity in ms; drawn from the configuration if absent */
export function freshLifetime(context: CoreContext, validity: Millis = drawValidity(context)): TokenLifetime {
  // Rounded down: careful verifiers reject a token from the future.
  const createdAt = wholeSeconds(context.clock());
  return { createdAt, expiry: wholeSeconds(createdAt + validity) };
}

export async function signAccessToken(
  context: CoreContext,
  version: AccessTokenVersion,
  kind: KeyKind,
  content: AccessTokenContent,
): Promise<JsonObject> {
  const { kid, key } = await context.keys.signer(kind);
  const input = jwtSigningInput({ kid, typ: 'JWT', version, alg: 'RS256' }, accessTokenClaims(content));
  return {
    token: joinJwt(input, await signRs256(input, key)),
    expiry: content.expiry,
    createdTime: content.createdAt,
  };
}

/** The jitter only ever shortens, so that many sessions of one moment do not all refresh at one later moment. */
function drawValidity({ config, random }: CoreContext): Millis {
  return config.accessTokenValidity * (1 - config.accessTokenValidityJitter * random.fraction());
}

const wholeSeconds = (time: Millis): Millis => Math.floor(time / 1000) * 1000;

/** How a session is named in an answer. */
export const describeSession = (row: SessionRow, call: Call, payload: JsonObject = row.payload): JsonObject => ({
  handle: row.handle,
  userId: row.userId,
  ...recipeUserIdFor(call, row.userId),
  userDataInJWT: payload,
  tenantId: 'public',
});

export const recipeUserIdFor = ({ version }: Call, recipeUserId: string): JsonObject =>
  isAtLeast(version, '4.0') ? { recipeUserId } : {};

export const describeRefreshToken = (token: RefreshToken, expiry: Millis, createdTime: Millis): JsonObject => ({
  token,
  expiry,
  createdTime,
});

/**
 * The validity that the caller asks for (from CDI 5.6 on), which may only shorten the configured one.
 * @throws CdiRefusal 400
 */
export function requestedValidity(
  { config }: CoreContext,
  validity: Millis | undefined,
  { version }: Call,
): Millis | undefined {
  if (validity === undefined || !isAtLeast(version, '5.6')) return undefined;
  if (validity > 0 && validity <= config.accessTokenValidity) return validity;
  throw new CdiRefusal(
    400,
    'accessTokenValidity must be greater than 0 and at most the configured access_token_validity ' +
      `(${config.accessTokenValidity} ms)`,
  );
}

/**
 * Refuses claims that the core writes itself, and more claims than the service can carry in its headers.
 * @throws CdiRefusal 400
 */
export function checkPayload({ config }: CoreContext, payload: JsonObject, version: AccessTokenVersion): void {
  if (hasProtectedClaim(payload, version)) throw new CdiRefusal(400, 'The user payload contains protected field');
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  const limit = config.maxClaimsBytes ?? Number.POSITIVE_INFINITY;
  if (bytes > limit) throw new CdiRefusal(400, `The user payload has ${bytes} bytes of JSON; the limit is ${limit}`);
}

/** Runs a write of session data; what is too large for DynamoDB is the caller's fault. @throws CdiRefusal 400 */
export async function refusingTooLarge<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ItemTooLarge) throw new CdiRefusal(400, error.message);
    throw error;
  }
}
