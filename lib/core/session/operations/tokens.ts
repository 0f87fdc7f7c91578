import type { CoreContext } from '../../context.ts';
import { InputRejected, ItemTooLarge } from '../../errors.ts';
import { signRs256 } from '../../keys/rsa.ts';
import type { KeyKind } from '../../keys/signing-keys.ts';
import type { AccessToken, AntiCsrfToken, Hash1, Millis } from '../../types.ts';
import {
  type AccessTokenContent,
  type AccessTokenVersion,
  accessTokenClaims,
  joinJwt,
  jwtSigningInput,
} from '../rules/access-token.ts';
import { recipeUserOf, type SessionRow } from '../rules/row.ts';
import type { CallRules } from './call-rules.ts';

/** The part of an access token that differs from one to the next of a session. */
export interface AccessTokenParts {
  readonly refreshTokenHash1: Hash1;
  readonly parentRefreshTokenHash1?: Hash1 | undefined;
  readonly antiCsrfToken: AntiCsrfToken | undefined;
  /** ms; drawn from the configuration if absent. */
  readonly validity?: Millis | undefined;
}

/** An access token that has been signed, and when it was issued and expires, ms since the epoch. */
export interface IssuedAccessToken {
  readonly token: AccessToken;
  readonly createdAt: Millis;
  readonly expiry: Millis;
}

/** A token that replaces another keeps its version, whatever CDI version the caller speaks. */
export const accessTokenVersionOf = ({ recipeUserId }: AccessTokenContent): AccessTokenVersion =>
  recipeUserId === undefined ? '4' : '5';

export const keyKindOf = ({ useStaticKey }: Pick<SessionRow, 'useStaticKey'>): KeyKind =>
  useStaticKey ? 'static' : 'dynamic';

/** Issues a fresh access token of a session. @throws StoreUnavailable */
export function issueAccessToken(
  context: CoreContext,
  row: SessionRow,
  parts: AccessTokenParts,
  { accessTokenVersion: version }: CallRules,
): Promise<IssuedAccessToken> {
  return signAccessToken(context, version, keyKindOf(row), {
    sessionHandle: row.handle,
    userId: row.userId,
    tenantId: 'public',
    recipeUserId: version === '5' ? recipeUserOf(row) : undefined,
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
  // Rounding must not leave a short-lived token with no time at all: it lives a second at the least.
  const earliest = createdAt + 2 * SECOND;
  return { createdAt, expiry: Math.max(wholeSeconds(createdAt + validity), earliest) };
}

/** Changed claims never prolong a token. Otherwise a stolen one could be renewed with each change, for ever. */
export const keptLifetime = ({ clock }: CoreContext, { expiry }: AccessTokenContent): TokenLifetime => ({
  createdAt: wholeSeconds(clock()),
  expiry,
});

export async function signAccessToken(
  context: CoreContext,
  version: AccessTokenVersion,
  kind: KeyKind,
  content: AccessTokenContent,
): Promise<IssuedAccessToken> {
  const { kid, key } = await context.keys.signer(kind);
  const input = jwtSigningInput({ kid, typ: 'JWT', version, alg: 'RS256' }, accessTokenClaims(content));
  const token = joinJwt(input, await signRs256(input, key)) as AccessToken;
  return { token, expiry: content.expiry, createdAt: content.createdAt };
}

/** The jitter only ever shortens, so that many sessions of one moment do not all refresh at one later moment. */
function drawValidity({ config, random }: CoreContext): Millis {
  return config.accessTokenValidity * (1 - config.accessTokenValidityJitter * random.fraction());
}

const SECOND = 1000;

const wholeSeconds = (time: Millis): Millis => Math.floor(time / SECOND) * SECOND;

/**
 * Checks the validity that a caller asks for, which may only shorten the configured one.
 * @param validity ms; the configured one counts if absent
 * @throws InputRejected
 */
export function checkRequestedValidity({ config }: CoreContext, validity: Millis | undefined): void {
  const longest = config.accessTokenValidity;
  if (validity !== undefined && (validity <= 0 || validity > longest)) {
    throw new InputRejected({ kind: 'ValidityOutOfRange', longest });
  }
}

/** Runs a write of session data. Data that is too large for DynamoDB is the caller's fault. @throws InputRejected */
export async function rejectingTooLarge<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ItemTooLarge) throw new InputRejected({ kind: 'SessionTooLarge' });
    throw error;
  }
}
