import { parseJson } from '../../json.ts';
import {
  type AccessToken,
  type AntiCsrfToken,
  type Hash1,
  isJsonObject,
  type Json,
  type JsonObject,
  type Millis,
  type SessionHandle,
  type UserId,
} from '../../types.ts';

/** `4` up to CDI 3.1, `5` (with `rsub`) from 4.0 on. */
export type AccessTokenVersion = '4' | '5';

/** What an access token says, apart from the user's own claims. */
export interface AccessTokenContent {
  readonly sessionHandle: SessionHandle;
  readonly userId: UserId;
  readonly tenantId: string;
  /** Absent in version 4. */
  readonly recipeUserId: string | undefined;
  readonly refreshTokenHash1: Hash1;
  readonly parentRefreshTokenHash1: Hash1 | undefined;
  readonly antiCsrfToken: AntiCsrfToken | undefined;
  /** Whole seconds, in ms. */
  readonly createdAt: Millis;
  /** Whole seconds, in ms. */
  readonly expiry: Millis;
  readonly payload: JsonObject;
}

/** A JWT taken apart, its signature not yet looked at. */
export interface ParsedJwt {
  readonly kid: string;
  readonly algorithm: string;
  readonly version: string | undefined;
  readonly claims: JsonObject;
  readonly signingInput: string;
  readonly signature: Buffer;
}

/** In the order in which the official core looks for them. */
const PROTECTED_IN_V4 = [
  'sub',
  'exp',
  'iat',
  'sessionHandle',
  'refreshTokenHash1',
  'parentRefreshTokenHash1',
  'antiCsrfToken',
  'tId',
] as const;

/** Claims that the core writes itself, and no user may. */
const PROTECTED_CLAIMS: Readonly<Record<AccessTokenVersion, readonly string[]>> = {
  '4': PROTECTED_IN_V4,
  '5': [...PROTECTED_IN_V4, 'rsub'],
};

export const hasProtectedClaim = (payload: JsonObject, version: AccessTokenVersion): boolean =>
  PROTECTED_CLAIMS[version].some((claim) => Object.hasOwn(payload, claim));

/** Whatever stands in the payload, the core's own claims are the core's: a row may have been written past it. */
export function accessTokenClaims(content: AccessTokenContent): JsonObject {
  const own = {
    iat: content.createdAt / 1000,
    exp: content.expiry / 1000,
    sub: content.userId,
    tId: content.tenantId,
    ...(content.recipeUserId !== undefined && { rsub: content.recipeUserId }),
    sessionHandle: content.sessionHandle,
    refreshTokenHash1: content.refreshTokenHash1,
    parentRefreshTokenHash1: content.parentRefreshTokenHash1 ?? null,
    antiCsrfToken: content.antiCsrfToken ?? null,
  };
  return { ...own, ...content.payload, ...own };
}

/** Takes a compact JWS apart (RFC 7515, section 7.1); `undefined` if it is none, or has no `kid`. */
export function parseJwt(token: string): ParsedJwt | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [header, payload, signature] = parts as [string, string, string];
  const { kid, alg, version } = parseObject(header) ?? {};
  const claims = parseObject(payload);
  if (typeof kid !== 'string' || typeof alg !== 'string' || claims === undefined) return undefined;
  return {
    kid,
    algorithm: alg,
    version: typeof version === 'string' ? version : undefined,
    claims,
    signingInput: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

function parseObject(part: string): JsonObject | undefined {
  try {
    const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const versionOf = ({ version }: ParsedJwt): AccessTokenVersion | undefined =>
  version === '4' || version === '5' ? version : undefined;

/** The first claim that a token of its version must have, even if it is null, and does not have. */
export function missingClaimOf(jwt: ParsedJwt): string | undefined {
  return PROTECTED_CLAIMS[versionOf(jwt) ?? '5'].find((claim) => !Object.hasOwn(jwt.claims, claim));
}

/** Reads the claims of a session's access token; `undefined` if one that its version requires is missing. */
export function accessTokenContent(jwt: ParsedJwt): AccessTokenContent | undefined {
  const version = versionOf(jwt);
  if (version === undefined) return undefined;
  const { iat, exp, sub, tId, rsub, sessionHandle, refreshTokenHash1, parentRefreshTokenHash1, antiCsrfToken } =
    jwt.claims;
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof sub !== 'string') return undefined;
  if (typeof tId !== 'string' || (version === '5' && typeof rsub !== 'string')) return undefined;
  if (typeof sessionHandle !== 'string' || typeof refreshTokenHash1 !== 'string') return undefined;
  return {
    sessionHandle: sessionHandle as SessionHandle,
    userId: sub as UserId,
    tenantId: tId,
    recipeUserId: version === '5' ? (rsub as string) : undefined,
    refreshTokenHash1: refreshTokenHash1 as Hash1,
    parentRefreshTokenHash1: textOf(parentRefreshTokenHash1) as Hash1 | undefined,
    antiCsrfToken: textOf(antiCsrfToken) as AntiCsrfToken | undefined,
    createdAt: iat * 1000,
    expiry: exp * 1000,
    payload: withoutProtected(jwt.claims, version),
  };
}

const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

const withoutProtected = (claims: JsonObject, version: AccessTokenVersion): JsonObject =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !PROTECTED_CLAIMS[version].includes(name)));

/** The two parts of a JWT that are signed, encoded (RFC 7515, section 5.1). */
export function jwtSigningInput(header: JsonObject, claims: JsonObject): string {
  return `${encode(header)}.${encode(claims)}`;
}

export const joinJwt = (signingInput: string, signature: Buffer): AccessToken =>
  `${signingInput}.${signature.toString('base64url')}` as AccessToken;

const encode = (part: JsonObject): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Whether two payloads are the same JSON, whatever the order of their members. */
export function isSamePayload(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}

/** Whether two payloads are the same to a caller in JavaScript, which reads `1.0` as 1 and rounds large numbers. */
export const isSameInJavaScript = (a: Json, b: Json): boolean => isSamePayload(asJavaScript(a), asJavaScript(b));

const asJavaScript = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;

const canonical = (value: Json): string =>
  JSON.stringify(value, (_name, member: Json) => (isJsonObject(member) ? inOrder(member) : member));

const inOrder = (members: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.keys(members)
      .sort()
      .map((name) => [name, members[name] as Json]),
  );
