import type { LinkCodeHash, Millis, PreAuthSessionId } from '../../types.ts';
import type { Contact } from '../../user/rules/identity.ts';

/** Where codes are sent to. */
export type CodeContact = Exclude<Contact, { readonly kind: 'third-party' }>;

/** One attempt to log in, with all codes that were sent for it. SuperTokens calls it a device. */
export interface Device {
  readonly id: PreAuthSessionId;
  readonly contact: CodeContact;
  /** Part of the key by which link codes are made. */
  readonly salt: Buffer;
  readonly failedAttempts: number;
  /** When each code was made. */
  readonly codes: ReadonlyMap<LinkCodeHash, Millis>;
  /** When the store forgets the device. */
  readonly expiry: Millis;
  /** Names the last use of a code of the contact that came before the device. Absent if there was none. */
  readonly lastUse: string | undefined;
  /** Changes with everything else. */
  readonly version: number;
}

export const isExpiredCode = (timeCreated: Millis, lifetime: Millis, now: Millis): boolean =>
  timeCreated < now - lifetime;

/**
 * How long a device stays after its last code has expired. Until then, the response to a late client is that the code
 * has expired.
 */
const PATIENCE: Millis = 3_600_000;

/** When a device is forgotten whose last code was made then. */
export const expiryOf = (timeCreated: Millis, lifetime: Millis): Millis => timeCreated + lifetime + PATIENCE;

/** As many codes are kept of a device. A DynamoDB item has room for some thousand. */
const MOST_CODES = 100;

/** The codes that a device loses when it gets another one: the oldest, if it has too many. */
export const codesToDrop = ({ codes }: Device): LinkCodeHash[] =>
  [...codes]
    .toSorted(([, one], [, other]) => one - other)
    .slice(0, Math.max(0, codes.size + 1 - MOST_CODES))
    .map(([hash]) => hash);
