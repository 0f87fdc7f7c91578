import type { Key } from '../../../../dynamodb/client.ts';
import type { Millis, UserId } from '../../../types.ts';
import { domainOf } from '../../rules/email.ts';
import type { Contact, Identity } from '../../rules/identity.ts';
import type { ListPosition } from '../user-store.ts';

/** The partition of everything that is kept under a user's id. */
export const userPartition = (id: UserId): string => `user#${id}`;

/** The id of no user. It is read for an unknown email, so that the work of a sign-in does not tell it from a known one. */
export const NO_USER = '-' as UserId;

/** A user's own item. It also has what is known of emails that were verified under the id, whether a user has it or not. */
export const userKey = (id: UserId): Key => ({ pk: userPartition(id), sk: 'user' });

/** The item by which one user holds an identity. */
export const identityKey = (identity: Identity): Key => ({ pk: `identity#public#${nameOf(identity)}`, sk: 'identity' });

function nameOf(identity: Identity): string {
  if ('thirdParty' in identity) {
    const { id, userId } = identity.thirdParty;
    // Both may have any characters: JSON keeps them apart.
    return `thirdparty#${JSON.stringify([id, userId])}`;
  }
  if ('phoneNumber' in identity) return `passwordless#phone#${identity.phoneNumber}`;
  const { recipe, email } = identity;
  return recipe === 'passwordless' ? `passwordless#email#${email}` : `${recipe}#${email}`;
}

/** The items by which a user is found by a contact or its beginning, and by the beginning of an email's domain. */
export function accountKeys(id: UserId, contact: Contact): Key[] {
  const accountKey = (kind: AccountKind, text: string): Key => ({
    pk: accountPartition(kind, text),
    sk: `${text}#${id}`,
  });
  switch (contact.kind) {
    case 'phone-number':
      return [accountKey('phone', contact.phoneNumber)];
    case 'third-party':
      return [accountKey('provider', contact.thirdParty.id)];
    case 'email': {
      const domain = domainOf(contact.email);
      const byEmail = accountKey('email', contact.email);
      return domain === '' ? [byEmail] : [byEmail, accountKey('domain', domain)];
    }
  }
}

/** What the beginning of an account item's sort key is. */
export type AccountKind = 'email' | 'domain' | 'phone' | 'provider';

/** A partition per first character: DynamoDB splits one that is busy, and a search reads one stretch of one partition. */
export const accountPartition = (kind: AccountKind, beginning: string): string =>
  `account#public#${kind}#${firstOf(beginning)}`;

const firstOf = (text: string): string => [...text][0] ?? '';

/** The user id at the end of an account item's sort key. */
export const idOfAccount = (sortKey: string): UserId => sortKey.slice(sortKey.lastIndexOf('#') + 1) as UserId;

/** After every other sort key that begins so. No key can sort after the last character of Unicode, so it has as many as fit. */
export const endOf = (beginning: string): string =>
  beginning + LAST_CHARACTER.repeat(Math.floor((MAX_SORT_KEY_BYTES - Buffer.byteLength(beginning)) / 4));

/** It has four bytes. */
const LAST_CHARACTER = '\u{10ffff}';
const MAX_SORT_KEY_BYTES = 1024;

/** The item that lists a user by the time of joining. */
export const listKey = (position: ListPosition): Key => ({
  pk: listPartition(monthOf(position.timeJoined)),
  sk: listSortKey(position),
});

export const listPartition = (month: string): string => `list#public#${month}`;

/** The item that says that a month has a partition. */
export const monthKey = (month: string): Key => ({ pk: MONTHS, sk: month });
export const MONTHS = 'months#public';

/** Such as `2026-11`, by UTC. */
export const monthOf = (time: Millis): string => new Date(time).toISOString().slice(0, 7);

/** Users of one moment are listed by descending id, so the sort key has the id's complement. */
export const listSortKey = ({ timeJoined, id }: ListPosition): string => `${timeKey(timeJoined)}#${complement(id)}`;

/** Times of the same length sort as numbers do. */
export const timeKey = (time: Millis): string => String(time).padStart(TIME_DIGITS, '0');

export const positionOf = (sortKey: string): ListPosition => ({
  timeJoined: Number(sortKey.slice(0, TIME_DIGITS)),
  id: complement(sortKey.slice(TIME_DIGITS + 1)) as UserId,
});

const TIME_DIGITS = 15;

/** Replaces each hex digit `d` by `15 - d`. Doing it twice gives the id again. */
const complement = (id: string): string => id.replace(/[0-9a-f]/g, (digit) => (15 - parseInt(digit, 16)).toString(16));
