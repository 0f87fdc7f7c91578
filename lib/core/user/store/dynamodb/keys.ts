import type { Key } from '../../../../dynamodb/client.ts';
import type { Email, Millis, UserId } from '../../../types.ts';
import { domainOf } from '../../rules/email.ts';
import type { RecipeId } from '../../rules/user.ts';
import type { ListPosition } from '../user-store.ts';

/** The partition of everything that is kept under a user's id. */
export const userPartition = (id: UserId): string => `user#${id}`;

/** A user's own item. It also has what is known of emails that were verified under the id, whether a user has it or not. */
export const userKey = (id: UserId): Key => ({ pk: userPartition(id), sk: 'user' });

/** The item by which one user of a recipe holds an email. */
export const identityKey = (recipe: RecipeId, email: Email): Key => ({
  pk: `identity#public#${recipe}#${email}`,
  sk: 'identity',
});

/** The items by which a user is found by the email or its beginning, and by the beginning of the email's domain. */
export function accountKeys(id: UserId, email: Email): Key[] {
  const domain = domainOf(email);
  const byEmail = { pk: emailPartition(email), sk: `${email}#${id}` };
  return domain === '' ? [byEmail] : [byEmail, { pk: domainPartition(domain), sk: `${domain}#${id}` }];
}

/** A partition per first character: DynamoDB splits one that is busy, and a search reads one stretch of one partition. */
export const emailPartition = (beginning: string): string => `account#public#email#${firstOf(beginning)}`;
export const domainPartition = (beginning: string): string => `account#public#domain#${firstOf(beginning)}`;

const firstOf = (text: string): string => [...text][0] ?? '';

/** The user id at the end of an account item's sort key. */
export const idOfAccount = (sortKey: string): UserId => sortKey.slice(sortKey.lastIndexOf('#') + 1) as UserId;

/** After every sort key that begins so. */
export const endOf = (beginning: string): string => `${beginning}\u{10ffff}`;

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
