import type { CoreConfig } from '../config.ts';
import { type CdiVersion, isAtLeast } from '../http/versions.ts';
import type { PublishedKeysReader } from '../keys/published-keys.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import type { SessionRow } from '../session/row.ts';
import type { Store } from '../store/store.ts';
import type { Clock, CoreEvent, JsonObject, Random, SessionHandle } from '../types.ts';

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

/** How the caller wants to be answered. */
export interface Call {
  readonly version: CdiVersion;
}

/** One operation of the CDI. */
export type Operation<Input> = (context: CoreContext, input: Input, call: Call) => Promise<JsonObject>;

/** Whether refresh rotates at once and verifying never writes (CDI 5.6), rather than in two phases. */
export const rotatesAtRefresh = ({ config }: CoreContext, { version }: Call): boolean =>
  config.rotation === 'on-refresh' || isAtLeast(version, '5.6');

/** A session that has not expired; DynamoDB's TTL deletes late. */
export async function liveRow({ store, clock }: CoreContext, handle: SessionHandle): Promise<SessionRow | undefined> {
  const row = await store.sessions.get(handle);
  return row !== undefined && row.expiry > clock() ? row : undefined;
}

export const SESSION_DOES_NOT_EXIST = { status: 'UNAUTHORISED', message: 'Session does not exist.' };
