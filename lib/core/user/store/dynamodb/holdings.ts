import { ifEqual } from '../../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { Millis, UserId } from '../../../types.ts';
import { type Contact, contactsOf, hasContact, hasIdentity, identityOf } from '../../rules/identity.ts';
import type { UserRow } from '../../rules/user-row.ts';
import type { NewUser } from '../user-store.ts';
import { type Claim, type Claims, canGiveUp } from './claims.ts';
import { accountKeys, identityKey } from './keys.ts';

/** A contact of a user, with the items that lead from it to the user. */
export interface Holding {
  readonly userId: UserId;
  readonly contact: Contact;
  /** Names what leads to the user, so that only its own request removes it. */
  readonly claim: string;
  /** By which the user alone holds the contact; absent if several users may have it. */
  readonly exclusive: Claim | undefined;
}

/** A holding that a request is about to store. */
export interface PendingHolding extends Holding {
  /** Whether no other request of the same user may be about to store it. */
  readonly isUnshared: boolean;
}

/** What the functions work with. */
export interface HoldingParts {
  readonly table: DynamoDbTable;
  readonly claims: Claims;
}

type Holder = Pick<UserRow, 'id' | 'recipe' | 'email' | 'phoneNumber' | 'thirdParty' | 'claim' | 'phoneClaim'>;

/** All that a user holds. */
export const holdingsOf = (user: Holder): Holding[] =>
  contactsOf(user).map((contact) => {
    const claim = (contact.kind === 'phone-number' ? user.phoneClaim : undefined) ?? user.claim;
    const identity = identityOf(user.recipe, contact);
    const exclusive = identity && {
      key: identityKey(identity),
      userId: user.id,
      claim,
      isHolder: (row: UserRow) => !row.isRetired && hasIdentity(row, identity),
    };
    return { userId: user.id, contact, claim, exclusive };
  });

/** All that a new user is to hold. */
export const holdingsOfNew = ({ phoneNumber, thirdParty, ...user }: NewUser): Holding[] =>
  holdingsOf({ ...user, phoneNumber, thirdParty, phoneClaim: user.claim });

/** Claims holdings, all or none. @returns the contact that another user has, or what is to be stored */
export async function claimAll(
  parts: HoldingParts,
  holdings: readonly Holding[],
  now: Millis,
): Promise<{ readonly taken: Contact } | { readonly taken: undefined; readonly pending: readonly PendingHolding[] }> {
  const pending: PendingHolding[] = [];
  for (const holding of holdings) {
    const result = holding.exclusive === undefined ? 'shared' : await parts.claims.claim(holding.exclusive, now);
    if (result === 'taken') {
      await giveUp(parts, pending, now);
      return { taken: holding.contact };
    }
    pending.push({ ...holding, isUnshared: result === 'claimed' });
  }
  return { taken: undefined, pending };
}

/** Writes the items by which users are looked up and searched. */
export async function putAccounts({ table }: HoldingParts, holdings: readonly Holding[]): Promise<void> {
  const items = holdings.flatMap(({ userId, contact, claim }) =>
    accountKeys(userId, contact).map((key) => ({ ...key, claim })),
  );
  await Promise.all(items.map((item) => table.put(item)));
}

/** Removes all that leads to a user, except what another request of the same user has put in its place. */
export async function remove({ table, claims }: HoldingParts, holdings: readonly Holding[]): Promise<void> {
  await Promise.all(
    holdings.map(async ({ userId, contact, claim, exclusive }) => {
      await Promise.all(accountKeys(userId, contact).map((key) => table.deleteIf(key, ifEqual('claim', claim))));
      if (exclusive !== undefined) await claims.release(exclusive);
    }),
  );
}

/** Removes what a request has put for a user who does not get it after all. The user, as the request has read it last, lacks it. */
export async function giveUp(parts: HoldingParts, pending: readonly PendingHolding[], now: Millis): Promise<void> {
  const { table } = parts;
  for (const holding of pending) {
    const { userId, contact, exclusive, isUnshared } = holding;
    const has = (row: UserRow): boolean => hasContact(row, contact);
    if (await canGiveUp(table, { userId, claim: exclusive, isUnshared, has }, now)) await remove(parts, [holding]);
  }
}
