import type { Item, Key } from '../../../../dynamodb/client.ts';
import { both, IF_NEW, ifAbsent, ifEqual } from '../../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { Millis, UserId } from '../../../types.ts';
import type { UserRow } from '../../rules/user-row.ts';
import { userKey } from './keys.ts';
import { IF_LIVE, isDeleted, liveRowOf, rowOf } from './user-item.ts';

/**
 * How long a claim is left to a user who does not have what is claimed: another request may be about to store it. Correctness does
 * not depend on this time, because taking a claim over makes the other request fail.
 */
export const CLAIM_PATIENCE: Millis = 60_000;

/** How long an item stays in the place of a user, s: much longer than any request is under way. */
export const TOMBSTONE_SECONDS = 7 * 86_400;

/** One user's claim of what only one user can have: an identity, or an external id. */
export interface Claim {
  /** Of the item that says who has it. */
  readonly key: Key;
  readonly userId: UserId;
  /** Names this claim, and no other. */
  readonly claim: string;
  /** Whether a user, as stored, has it. */
  readonly isHolder: (row: UserRow) => boolean;
}

/**
 * `taken`: another user holds it, or is about to. `shared`: the user now holds it, and another request of the same user may be about
 * to store it, too. `claimed`: the user now holds it.
 */
type ClaimResult = 'claimed' | 'shared' | 'taken';

/** The items by which users hold what only one can have. */
export interface Claims {
  claim(claim: Claim, now: Millis): Promise<ClaimResult>;
  /** Gives it up, if it is held by exactly this claim. */
  release(claim: Pick<Claim, 'key' | 'claim'>): Promise<void>;
  /** The id that holds it, whether there is such a user or not. */
  holderOf(key: Key): Promise<UserId | undefined>;
}

export function createClaims(table: DynamoDbTable): Claims {
  return {
    async claim(wanted, now) {
      const { key, userId, claim } = wanted;
      const item = { ...key, userId, claim, claimedAt: now };
      for (;;) {
        if (await table.put(item, IF_NEW)) return 'claimed';
        const found = await table.get(key);
        if (found === undefined) continue;
        // Our own write, whose acknowledgement was lost. It may have replaced a claim of the same user.
        if (found.claim === claim) return 'shared';
        const isOwn = found.userId === userId;
        if (!isOwn && (await isHeld(table, found, wanted, now))) return 'taken';
        const isClaimed = await table.put(item, ifEqual('claim', String(found.claim)));
        if (isClaimed) return isOwn ? 'shared' : 'claimed';
      }
    },
    async release({ key, claim }) {
      await table.deleteIf(key, ifEqual('claim', claim));
    },
    holderOf: async (key) => (await table.get(key))?.userId as UserId | undefined,
  };
}

/**
 * Whether what is wanted is another user's. If the item was left by a request that broke off, that request is shut out
 * first. However late it continues, it can then no longer store what it claimed.
 */
async function isHeld(table: DynamoDbTable, found: Item, { isHolder }: Claim, now: Millis): Promise<boolean> {
  const key = userKey(found.userId as UserId);
  for (;;) {
    const user = await table.get(key);
    if (user !== undefined && isDeleted(user)) return false;
    const row = rowOf(user);
    if (row !== undefined && isHolder(row)) return true;
    // A login method that was removed gets nothing any more.
    if (row?.isRetired) return false;
    if (now < (found.claimedAt as Millis) + CLAIM_PATIENCE) return true;
    if (await shutOut(table, key, row?.version, now)) return false;
  }
}

/** Something that a request has claimed for a user who does not get it after all. */
export interface Unstored {
  readonly userId: UserId;
  /** Absent if several users may have it. */
  readonly claim: Pick<Claim, 'key' | 'claim'> | undefined;
  /** Whether the user had no claim of it before. */
  readonly isUnshared: boolean;
  readonly has: (row: UserRow) => boolean;
}

/**
 * Whether what leads to the user may be removed. Another request of the same user may need it, and may be about to store it: that
 * request is shut out first.
 */
export async function canGiveUp(table: DynamoDbTable, unstored: Unstored, now: Millis): Promise<boolean> {
  const { userId, claim, isUnshared, has } = unstored;
  if (isUnshared && claim !== undefined && (await table.get(claim.key))?.claim === claim.claim) return true;
  const key = userKey(userId);
  for (;;) {
    const row = liveRowOf(await table.get(key));
    if (row === undefined) return true;
    if (has(row)) return false;
    if (await shutOut(table, key, row.version, now)) return true;
  }
}

/** Whether there is no such user, and will be none: a request that is about to store one is shut out. */
export async function isNoUser(table: DynamoDbTable, id: UserId, now: Millis): Promise<boolean> {
  const key = userKey(id);
  const user = await table.get(key);
  if (user !== undefined) return isDeleted(user);
  return table.put(tombstone(key, now), IF_NEW);
}

/** @returns whether it did; `false` if the user has changed meanwhile */
async function shutOut(table: DynamoDbTable, key: Key, version: number | undefined, now: Millis) {
  if (version === undefined) {
    return table.put(tombstone(key, now), ifAbsent('recipe'));
  }
  const condition = both(IF_LIVE, ifEqual('version', version));
  return (await table.update(key, { add: { version: 1 }, condition })) !== undefined;
}

/** What stays in the place of a user who must not come to be any more. */
const tombstone = (key: Key, now: Millis): Item => ({
  ...key,
  deleted: true,
  ttl: Math.ceil(now / 1000) + TOMBSTONE_SECONDS,
});

/** What stays in the place of a user who was deleted. The migration tells it from {@link tombstone}: this user was there. */
export const erasedUser = (key: Key, now: Millis): Item => ({ ...tombstone(key, now), erased: true });
