import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import type { Clock, Millis } from '../core/types.ts';
import { isSecureUrl } from './secure-url.ts';

/** The provider did not answer, or not as it must: whether a token is good is not known. Nothing the client did. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';

  constructor(issuer: string, cause: unknown) {
    super(`${issuer}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

export interface ProviderKeysOptions {
  /** The issuer identifier, exactly as the provider writes it. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly fetch: FetchImplementation;
}

/** Of each of the two requests; both fit into a function's 10 s. */
const REQUEST_TIMEOUT: Millis = 3000;
/** How long a discovery document holds. */
const DISCOVERY_MAX_AGE: Millis = 60 * 60 * 1000;
/** How long keys hold: a key that the provider has withdrawn is believed no longer than this. */
const KEYS_MAX_AGE: Millis = 10 * 60 * 1000;
/**
 * How long after a fetch tokens with unknown keys cause no other fetch. An attacker who invents keys cannot flood the
 * provider.
 */
const KEYS_COOLDOWN: Millis = 30 * 1000;

/**
 * The keys that a provider signs with, by its discovery document. Both are fetched at the first use and cached in the
 * process. An unknown `kid` fetches the keys again, because it may be a new key (OpenID Connect Core 1.0, section
 * 10.1.1). `jose` times the keys by the system's clock, not by `clock`.
 * @returns a function that throws `ProviderUnavailable`, or jose's errors if no one key is the token's
 */
export function createProviderKeys({ issuer, clock, fetch }: ProviderKeysOptions): JWTVerifyGetKey {
  let known: { readonly keys: JWTVerifyGetKey; readonly until: Millis } | undefined;

  const currentKeys = async (): Promise<JWTVerifyGetKey> => {
    if (known !== undefined && clock() < known.until) return known.keys;
    const keys = createRemoteJWKSet(await discoverKeysUrl(issuer, fetch), {
      timeoutDuration: REQUEST_TIMEOUT,
      cacheMaxAge: KEYS_MAX_AGE,
      cooldownDuration: KEYS_COOLDOWN,
      [customFetch]: fetch,
    });
    known = { keys, until: clock() + DISCOVERY_MAX_AGE };
    return keys;
  };

  return async (header, token) => {
    try {
      const keys = await currentKeys();
      return await keys(header, token);
    } catch (error) {
      throw isTokensFault(error) ? error : new ProviderUnavailable(issuer, error);
    }
  };
}

/** Without a `kid`, a token is only good for a provider with one key (OpenID Connect Core 1.0, section 10.1). */
const isTokensFault = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;

/** OpenID Connect Discovery 1.0, section 4. @throws Error whatever is wrong with the document */
async function discoverKeysUrl(issuer: string, fetch: FetchImplementation): Promise<URL> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    method: 'GET',
    headers: new Headers({ accept: 'application/json' }),
    redirect: 'manual',
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
  });
  if (response.status !== 200) throw new Error(`The request for the discovery document got ${response.status}`);
  const { issuer: named, jwks_uri: keysUrl } = Object(await response.json()) as Readonly<Record<string, unknown>>;
  // Section 4.3. Else another provider's document would do.
  if (named !== issuer) throw new Error(`The discovery document belongs to the issuer ${JSON.stringify(named)}`);
  if (typeof keysUrl !== 'string' || !isAsSecureAs(issuer, keysUrl)) throw new Error('jwks_uri must be an https URL');
  return new URL(keysUrl);
}

/** A provider on the internet has no business with this machine's own ports. */
const isAsSecureAs = (issuer: string, url: string): boolean =>
  isSecureUrl(url) && (new URL(url).protocol === 'https:' || new URL(issuer).protocol === 'http:');
