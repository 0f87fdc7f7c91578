import { createHash } from 'node:crypto';
import { decodeJwt, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import type { Clock, Millis, Random, UserId } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { IF_NEW } from '../dynamodb/conditions.ts';
import { type IdTokenRefused, refuseIdToken, verifyIdToken } from './id-token.ts';
import { createProviderKeys, ProviderUnavailable } from './oidc-provider.ts';

/** A provider whose ID tokens log users in. */
export interface TrustedIssuer {
  /** Its issuer identifier, exactly as its tokens say in `iss`, a slash at the end included. */
  readonly issuer: string;
  /** The client ids that tokens must have been made for, at least one. */
  readonly audiences: readonly string[];
}

/** What a client sent, unchecked. */
interface GivenIdToken {
  readonly idToken?: unknown;
  readonly nonce?: unknown;
}

interface IdTokenFieldError {
  readonly status: 'FIELD_ERROR';
  readonly field: 'idToken' | 'nonce';
  readonly message: string;
}

/** Whether the token is good is not known; it has not been used up. */
interface ProviderDown {
  readonly status: 'PROVIDER_UNAVAILABLE';
  readonly error: ProviderUnavailable;
}

/** A user whom a provider has identified. */
export interface OidcLogIn {
  /** A hash of issuer and subject: the same each time. */
  readonly userId: UserId;
  /** The provider's issuer identifier, as `OIDC_PROVIDERS` has it. */
  readonly issuer: string;
  /** All claims of the verified ID token, such as `sub`, `email` or `groups`. Which there are, the provider decides. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export type OidcLogInResult =
  | (OidcLogIn & { readonly status: 'OK' })
  | IdTokenRefused
  | IdTokenFieldError
  | ProviderDown;

/** ID tokens of OpenID Connect providers. */
export interface OidcLogin {
  /**
   * Exchanges an ID token for a user id, once.
   *
   * A stolen token works until it expires or is exchanged, by the user or by the thief. The nonce does not stop the
   * thief, who can read it in the token. It protects the user. An attacker may slip a token of their own to the client.
   * The client sends the nonce of the log-in that it began itself, so that token is rejected (OpenID Connect Core 1.0,
   * section 3.1.2.1).
   * @throws DynamoDbError
   */
  logIn(given: GivenIdToken): Promise<OidcLogInResult>;
}

export interface OidcLoginOptions {
  readonly issuers: readonly TrustedIssuer[];
  /** Rejects requests without a nonce, and so every token without one. */
  readonly isNonceRequired: boolean;
  readonly db: DynamoDb;
  /** Name of the table that keeps which tokens have been exchanged. */
  readonly table: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch: FetchImplementation;
}

/** Users who prove who they are by an ID token of a provider. Makes no session. */
export function createOidcLogin(options: OidcLoginOptions): OidcLogin {
  const { issuers, isNonceRequired, clock } = options;
  const providers = new Map<unknown, Provider>(
    issuers.map((trusted) => [trusted.issuer, { ...trusted, keys: createProviderKeys({ ...options, ...trusted }) }]),
  );
  const useUp = createUseUp(options);

  return {
    async logIn(given) {
      const fields = readFields(given, isNonceRequired);
      if (fields.status !== 'OK') return fields;
      const { idToken, nonce } = fields;
      const named = issuerNamedBy(idToken);
      if (named.status !== 'OK') return named;
      const provider = providers.get(named.issuer);
      if (provider === undefined) return refuseIssuer(named.issuer);
      const expected = { issuer: provider.issuer, audiences: provider.audiences, nonce, now: clock() };
      const verified = await unlessDown(verifyIdToken(idToken, provider.keys, expected));
      if (verified.status !== 'OK') return verified;
      const isFirst = await useUp(idToken, verified.expiry);
      if (!isFirst) return refuseIdToken('already used', 'The token has been exchanged before');
      const { subject, claims } = verified;
      return { status: 'OK', userId: userIdFor(provider.issuer, subject), issuer: provider.issuer, claims };
    },
  };
}

type Provider = TrustedIssuer & { readonly keys: JWTVerifyGetKey };

type Fields =
  | { readonly status: 'OK'; readonly idToken: string; readonly nonce: string | undefined }
  | IdTokenFieldError;

function readFields({ idToken, nonce }: GivenIdToken, isNonceRequired: boolean): Fields {
  if (typeof idToken !== 'string' || idToken === '') return fieldError('idToken', 'An ID token is a JWT.');
  if (nonce === undefined && !isNonceRequired) return { status: 'OK', idToken, nonce };
  if (typeof nonce !== 'string' || nonce === '')
    return fieldError('nonce', 'A nonce is a text, as sent to the provider.');
  return { status: 'OK', idToken, nonce };
}

const fieldError = (field: 'idToken' | 'nonce', message: string): IdTokenFieldError => ({
  status: 'FIELD_ERROR',
  field,
  message,
});

/** The issuer that a token claims, to find the keys by; nothing is verified yet. */
function issuerNamedBy(idToken: string): { readonly status: 'OK'; readonly issuer: unknown } | IdTokenRefused {
  try {
    return { status: 'OK', issuer: decodeJwt(idToken).iss };
  } catch (error) {
    if (error instanceof errors.JOSEError) return refuseIdToken('malformed', error.message);
    throw error;
  }
}

/** Enough to see how an issuer differs from the configured one. */
const MAX_LOGGED = 200;

/**
 * Other values than texts are not logged. They may be nested thousands of levels deep, and JSON.stringify would fail.
 */
function refuseIssuer(named: unknown): IdTokenRefused {
  const issuer = typeof named === 'string' ? JSON.stringify(named.slice(0, MAX_LOGGED)) : 'what is no text';
  return refuseIdToken('issuer', `${issuer} is not configured`);
}

async function unlessDown<T>(verification: Promise<T>): Promise<T | ProviderDown> {
  try {
    return await verification;
  } catch (error) {
    if (error instanceof ProviderUnavailable) return { status: 'PROVIDER_UNAVAILABLE', error };
    throw error;
  }
}

/**
 * The user whom an issuer calls `subject`: `oidc-` and 43 characters. The same id for ever, without a table. The same
 * subject at two issuers gives two ids (OpenID Connect Core 1.0, section 5.7). The id shows neither issuer nor subject,
 * but can be computed from both. An issuer holds no line break, so that no two pairs are one text.
 */
const userIdFor = (issuer: string, subject: string): UserId =>
  `oidc-${createHash('sha256').update(`${issuer}\n${subject}`).digest('base64url')}` as UserId;

type UseUp = (idToken: string, expiry: Millis) => Promise<boolean>;

/** @returns a function that answers `false` if the token has been used up before */
function createUseUp({ db, table, random }: OidcLoginOptions): UseUp {
  return async (idToken, expiry) => {
    const key = { pk: `id-token#${digestOf(idToken)}` };
    const exchange = random.uuid();
    const item = { ...key, exchange, ttl: Math.ceil(expiry / 1000) };
    const isFirst = await db.put(table, item, IF_NEW);
    // Ours is there if the put's answer was lost and it was sent again.
    return isFirst || (await db.get(table, key))?.exchange === exchange;
  };
}

/** Of what is signed only: from one ECDSA signature, an attacker can make another valid one. */
const digestOf = (idToken: string): string =>
  createHash('sha256')
    .update(idToken.slice(0, idToken.lastIndexOf('.')))
    .digest('base64url');
