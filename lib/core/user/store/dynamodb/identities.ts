import type { DynamoDb, Item, Key } from '../../../../dynamodb/client.ts';
import type { Email, Millis, UserId } from '../../../types.ts';
import type { RecipeId } from '../../rules/user.ts';
import { identityKey, userKey } from './keys.ts';
import { both, IF_LIVE, ifEqual, isDeleted, rowOf } from './user-item.ts';

/**
 * How long a claim is left to a user who does not have the email: somebody may be about to store the user. Nothing
 * depends on it but patience, for the claim is taken over in a way that makes the other request fail.
 */
export const CLAIM_PATIENCE: Millis = 60_000;

/** How long an item stays in the place of a user, s: much longer than any request is under way. */
const TOMBSTONE_SECONDS = 7 * 86_400;

/** One user's claim of an email, for one recipe. */
export interface Claim {
  readonly recipe: RecipeId;
  readonly email: Email;
  readonly userId: UserId;
  /** Names this claim, and no other. */
  readonly claim: string;
}

/** The items by which emails are held, each by one user. */
export interface Identities {
  /** @returns whether the user now holds the email; `false` if another user does, or is about to */
  claim(claim: Claim, now: Millis): Promise<boolean>;
  /** Gives an email up, if it is held by exactly this claim. */
  release(claim: Claim): Promise<void>;
  /** The id that holds the email, whether there is such a user or not. */
  holderOf(recipe: RecipeId, email: Email): Promise<UserId | undefined>;
}

export function createIdentities(db: DynamoDb, table: string): Identities {
  const claim: Identities['claim'] = async (wanted, now) => {
    const key = identityKey(wanted.recipe, wanted.email);
    const item = { ...key, userId: wanted.userId, claim: wanted.claim, claimedAt: now };
    for (;;) {
      if (await db.put(table, item, { expression: 'attribute_not_exists(pk)' })) return true;
      const found = await db.get(table, key);
      if (found === undefined) continue;
      // Our own write, whose acknowledgement was lost.
      if (found.claim === wanted.claim) return true;
      const isOwn = found.userId === wanted.userId;
      if (!isOwn && (await isHeld(db, table, found, wanted.email, now))) return false;
      if (await db.put(table, item, ifEqual('claim', String(found.claim)))) return true;
    }
  };
  return {
    claim,
    async release({ recipe, email, claim: name }) {
      await db.deleteIf(table, identityKey(recipe, email), ifEqual('claim', name));
    },
    async holderOf(recipe, email) {
      const item = await db.get(table, identityKey(recipe, email));
      return item?.userId as UserId | undefined;
    },
  };
}

/**
 * Whether the email of an identity item is another user's. If the item was left by a request that broke off, that request is
 * shut out first: it can then no longer store the email, however late it goes on.
 */
async function isHeld(db: DynamoDb, table: string, identity: Item, email: Email, now: Millis): Promise<boolean> {
  const key = userKey(identity.userId as UserId);
  for (;;) {
    const user = await db.get(table, key);
    if (user !== undefined && isDeleted(user)) return false;
    const row = rowOf(user);
    if (row?.email === email) return true;
    if (now < (identity.claimedAt as Millis) + CLAIM_PATIENCE) return true;
    if (await shutOut(db, table, key, row?.version, now)) return false;
  }
}

/** @returns whether it did; `false` if the user has changed meanwhile */
async function shutOut(db: DynamoDb, table: string, key: Key, version: number | undefined, now: Millis) {
  if (version === undefined) {
    return db.put(table, tombstone(key, now), { expression: 'attribute_not_exists(recipe)' });
  }
  const condition = both(IF_LIVE, ifEqual('version', version));
  return (await db.update(table, key, { add: { version: 1 }, condition })) !== undefined;
}

/** What stays in the place of a user who was deleted, or who must not come to be any more. */
export const tombstone = (key: Key, now: Millis): Item => ({
  ...key,
  deleted: true,
  ttl: Math.ceil(now / 1000) + TOMBSTONE_SECONDS,
});
