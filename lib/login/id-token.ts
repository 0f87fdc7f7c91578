import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from 'jose';
import type { Millis } from '../core/types.ts';

/** What is wrong with an ID token, as far as the response says. */
export type IdTokenFault =
  | 'malformed'
  | 'type'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not yet valid'
  | 'nonce'
  | 'claims'
  | 'already used';

export interface IdTokenRefused {
  readonly status: 'ID_TOKEN_REFUSED';
  readonly reason: IdTokenFault;
  /** For the log, not for the client. It holds no token. */
  readonly detail: string;
}

/** What an ID token must say. */
export interface ExpectedClaims {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** That of the log-in which the client began; `undefined` if it sent none. */
  readonly nonce: string | undefined;
  readonly now: Millis;
}

export interface VerifiedIdToken {
  readonly status: 'OK';
  readonly subject: string;
  readonly claims: JWTPayload;
  /** From then on `verifyIdToken` refuses the token. */
  readonly expiry: Millis;
}

/**
 * Those with a public key (RFC 7518, section 3.1; RFC 8037; RFC 9864). Never HS*, whose secret would be the text of the
 * public key, nor `none` (RFC 8725, section 2.1).
 */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** How far the provider's clock may be from ours (RFC 7519, sections 4.1.4 and 4.1.5: "some small leeway"). */
const CLOCK_TOLERANCE: Millis = 30 * 1000;

/**
 * Checks an ID token as OpenID Connect Core 1.0, section 3.1.3.7 asks.
 * @param keys the issuer's
 * @throws what `keys` throws, apart from jose's errors
 */
export async function verifyIdToken(
  idToken: string,
  keys: JWTVerifyGetKey,
  expected: ExpectedClaims,
): Promise<VerifiedIdToken | IdTokenRefused> {
  try {
    const verified = await jwtVerify(idToken, keys, {
      algorithms: ALGORITHMS,
      issuer: expected.issuer,
      audience: [...expected.audiences],
      requiredClaims: ['sub', 'exp', 'iat'],
      currentDate: new Date(expected.now),
      clockTolerance: CLOCK_TOLERANCE / 1000,
    });
    return checkRules(verified, expected);
  } catch (error) {
    if (error instanceof errors.JOSEError) return refuseIdToken(reasonOf(error), error.message);
    throw error;
  }
}

export const refuseIdToken = (reason: IdTokenFault, detail: string): IdTokenRefused => ({
  status: 'ID_TOKEN_REFUSED',
  reason,
  detail,
});

type Rule = readonly [reason: IdTokenFault, text: string, holds: (token: Claims, expected: ExpectedClaims) => boolean];
/** The claims, and the media type that the header names. */
type Claims = JWTPayload & { readonly headerType: unknown };

/**
 * Other tokens of the same issuer for the same client say something else (RFC 8725, section 3.12). Most providers mark
 * them by their media type; the others by what only such a token has.
 */
const TYPE_RULES: readonly Rule[] = [
  ['type', '"typ" must be JWT or absent', ({ headerType }) => headerType === undefined || isJwt(headerType)],
  // OpenID Connect Back-Channel Logout 1.0, section 2.4; RFC 8417, section 2.2.
  ['type', '"events" is of a logout token', ({ events }) => events === undefined],
  ['type', 'the claim "typ" of Keycloak must be ID', ({ typ }) => typ === undefined || typ === 'ID'],
  ['type', '"token_use" of Cognito must be id', ({ token_use: use }) => use === undefined || use === 'id'],
  [
    'type',
    '"scope", "scp" or "client_id" is of an access token',
    (claims) => !isAccessToken(claims) || isBound(claims),
  ],
];

/** RFC 9068, sections 2.2 and 2.2.3; `scp` is the name that Entra ID and Okta have for it. */
const isAccessToken = ({ scope, scp, client_id: client }: Claims): boolean =>
  [scope, scp, client].some((claim) => claim !== undefined);

/** What binds an ID token to one log-in (OpenID Connect Core 1.0, sections 2 and 3.3.2.11). An access token has none. */
const isBound = ({ nonce, at_hash: accessToken, c_hash: code }: Claims): boolean =>
  [nonce, accessToken, code].some((claim) => claim !== undefined);

/** What jose does not check by itself. */
const RULES: readonly Rule[] = [
  ...TYPE_RULES,
  ['claims', '"sub" must be a text', ({ sub }) => typeof sub === 'string' && sub !== '' && sub.isWellFormed()],
  ['audience', 'every "aud" must be configured', ({ aud }, expected) => listOf(aud).every(isAudienceOf(expected))],
  [
    'audience',
    'with several "aud", "azp" must be there',
    ({ aud, azp }) => listOf(aud).length === 1 || azp !== undefined,
  ],
  ['audience', '"azp" must be configured', ({ azp }, expected) => azp === undefined || isAudienceOf(expected)(azp)],
  ['not yet valid', '"iat" must not be in the future', ({ iat = 0 }, { now }) => iat * 1000 <= now + CLOCK_TOLERANCE],
  [
    'nonce',
    '"nonce" must be the one that was sent, or absent if none was',
    ({ nonce }, expected) => nonce === expected.nonce,
  ],
];

/** A media type whose `application/` may be left out (RFC 7515, section 4.1.9). */
const isJwt = (typ: unknown): boolean => typeof typ === 'string' && /^(application\/)?jwt$/i.test(typ);
const listOf = (aud: unknown): readonly unknown[] => [aud].flat();
const isAudienceOf =
  ({ audiences }: ExpectedClaims) =>
  (claim: unknown): boolean =>
    audiences.some((audience) => audience === claim);

function checkRules({ payload, protectedHeader }: JWTVerifyResult, expected: ExpectedClaims) {
  const token = { ...payload, headerType: protectedHeader.typ };
  const [reason, text] = RULES.find(([, , holds]) => !holds(token, expected)) ?? [];
  if (reason !== undefined && text !== undefined) return refuseIdToken(reason, text);
  // Neither is absent: jose has required both.
  const { sub: subject = '', exp = 0 } = token;
  return { status: 'OK', subject, claims: payload, expiry: exp * 1000 + CLOCK_TOLERANCE } as const;
}

function reasonOf(error: errors.JOSEError): IdTokenFault {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return reasonOfClaim(error);
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return 'algorithm';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return 'key';
  return error instanceof errors.JWSSignatureVerificationFailed ? 'signature' : 'malformed';
}

function reasonOfClaim({ claim, reason }: errors.JWTClaimValidationFailed): IdTokenFault {
  if (claim === 'iss') return 'issuer';
  if (claim === 'aud') return 'audience';
  return claim === 'nbf' && reason === 'check_failed' ? 'not yet valid' : 'claims';
}
