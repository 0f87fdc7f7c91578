import type { CoreConfig } from './config.ts';
import type { PublishedKeysReader } from './keys/published-keys.ts';
import type { SigningKeys } from './keys/signing-keys.ts';
import type { AccessTokenVersion } from './session/rules/access-token.ts';
import type { SessionRow } from './session/rules/row.ts';
import type { Store } from './store/store.ts';
import type { Clock, CoreEvent, Random, SessionHandle } from './types.ts';

/** What every operation works with. */
export interface CoreContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: CoreConfig;
  readonly keys: SigningKeys;
  readonly published: PublishedKeysReader;
  readonly report: (event: CoreEvent) => void;
}

/** What an operation does differently for callers that speak an older version of the CDI. */
export interface CallRules {
  /** Refresh rotates at once and verifying never writes, rather than in two phases. */
  readonly rotatesAtRefresh: boolean;
  /** Verifying reports changed claims. Otherwise it issues a token with the changed claims. */
  readonly reportsChangedClaims: boolean;
  /** The version of the access tokens of new and refreshed sessions. */
  readonly accessTokenVersion: AccessTokenVersion;
}

/** One operation of the core. @throws InputRejected, StoreUnavailable */
export type Operation<Input, Result> = (context: CoreContext, input: Input, rules: CallRules) => Promise<Result>;

/** Whether refresh rotates at once: because the caller's version says so, or because the core is configured to. */
export const rotatesAtRefresh = ({ config }: CoreContext, rules: CallRules): boolean =>
  config.rotation === 'on-refresh' || rules.rotatesAtRefresh;

/** A session that has not expired; DynamoDB's TTL deletes late. */
export async function liveRow(
  { store, clock }: Pick<CoreContext, 'store' | 'clock'>,
  handle: SessionHandle,
): Promise<SessionRow | undefined> {
  const row = await store.sessions.get(handle);
  return row !== undefined && row.expiry > clock() ? row : undefined;
}
