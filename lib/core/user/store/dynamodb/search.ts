import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { Email } from '../../../types.ts';
import { beginsWith, type SearchField } from '../../rules/search.ts';
import type { UserRow } from '../../rules/user-row.ts';
import type { SearchRequest } from '../user-store.ts';
import { type AccountKind, accountPartition, endOf, idOfAccount, NO_USER } from './keys.ts';
import { readRowsConsistently } from './read-rows.ts';

/** The users who have an email. @param always makes as many reads for an email that no user has */
export async function listByEmail(table: DynamoDbTable, email: Email, always = false): Promise<UserRow[]> {
  const isWanted = (row: UserRow): boolean => row.email === email;
  const users = await searchAccounts(table, 'email', `${email}#`, { isWanted, limit: Number.POSITIVE_INFINITY });
  if (always && users.length === 0) await readRowsConsistently(table, [NO_USER]);
  return users;
}

/** The kinds of account items by which a field is searched. */
const KINDS: Readonly<Record<SearchField, readonly AccountKind[]>> = {
  email: ['email', 'domain'],
  phone: ['phone'],
  provider: ['provider'],
};

/** At most `limit` users of whom a field begins so. */
export async function searchUsers(table: DynamoDbTable, request: SearchRequest): Promise<UserRow[]> {
  const { field, beginning, limit } = request;
  const isWanted = (row: UserRow): boolean => beginsWith(row, field, beginning) && request.isWanted(row);
  const found = await Promise.all(
    KINDS[field].map((kind) => searchAccounts(table, kind, beginning, { isWanted, limit })),
  );
  return [...new Map(found.flat().map((row) => [row.id, row])).values()].slice(0, limit);
}

/** As many account items are read at once. */
const BATCH = 1000;

/** Follows the account items that begin so to their users, until there are enough of those wanted. */
async function searchAccounts(
  table: DynamoDbTable,
  kind: AccountKind,
  beginning: string,
  { isWanted, limit }: Pick<SearchRequest, 'isWanted' | 'limit'>,
): Promise<UserRow[]> {
  const wanted: UserRow[] = [];
  let start = beginning;
  for (;;) {
    const batch = Math.min(limit, BATCH);
    const items = await table.queryRange({
      partition: { name: 'pk', value: accountPartition(kind, beginning) },
      sortKey: 'sk',
      between: [start, endOf(beginning)],
      limit: batch,
    });
    const ids = new Set(items.map(({ sk }) => idOfAccount(String(sk))));
    wanted.push(...(await readRowsConsistently(table, [...ids])).filter(isWanted));
    if (items.length < batch || wanted.length >= limit) return wanted.slice(0, limit);
    start = `${items.at(-1)?.sk}\u0000`;
  }
}
