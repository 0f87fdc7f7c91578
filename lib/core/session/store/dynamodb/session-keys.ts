import type { Item, Key } from '../../../../dynamodb/client.ts';
import type { Millis, SessionHandle, UserId } from '../../../types.ts';
import type { SessionRow } from '../../rules/row.ts';
import { ttlOf } from './row-item.ts';

/** Before the handle, in the key of a session's own item. */
export const ROW_PREFIX = 'session#';
/** The other half of that key. */
export const ROW_SORT_KEY = 'session';
/** Far longer than any handle there is. */
const MAX_HANDLE_LENGTH = 500;

/** What DynamoDB refuses as a key is changed into one that it takes; no session has either. */
export const rowKey = (handle: SessionHandle): Key => ({
  pk: `${ROW_PREFIX}${handle.slice(0, MAX_HANDLE_LENGTH).toWellFormed()}`,
  sk: ROW_SORT_KEY,
});

/** The key of the item that lists a session by its user. */
export const listingKey = (userId: UserId, handle: SessionHandle) => ({ pk: `user#${userId}`, sk: handle });

/** The item that lists a session by its user. */
export const listingItem = (
  { userId, recipeUserId, handle }: Pick<SessionRow, 'userId' | 'recipeUserId' | 'handle'>,
  until: Millis,
): Item => ({
  ...listingKey(userId, handle),
  ...(recipeUserId !== undefined && { recipeUserId }),
  listedUntil: until,
  ttl: ttlOf(until),
});
