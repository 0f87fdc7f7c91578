import type { Item, Key } from '../../../../dynamodb/client.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { ContactKey, UserId } from '../../../types.ts';
import type { PrimaryRow } from '../../rules/primary-row.ts';

/** The item that lists the login methods of a primary user. */
export const primaryKey = (id: UserId): Key => ({ pk: `${PREFIX}${id}`, sk: 'primary' });

const PREFIX = 'primary#';

/** The login methods are kept as JSON text. */
export const primaryItem = ({ id, members, version }: PrimaryRow): Item => ({
  ...primaryKey(id),
  members: JSON.stringify(Object.fromEntries(members)),
  version,
});

export const primaryRowOf = (item: Item): PrimaryRow => ({
  id: String(item.pk).slice(PREFIX.length) as UserId,
  members: membersIn(String(item.members)),
  version: item.version as number,
});

const membersIn = (json: string): PrimaryRow['members'] =>
  new Map(Object.entries(JSON.parse(json) as Record<string, ContactKey[]>) as [UserId, ContactKey[]][]);

/** What stands for a primary user of whom nothing is stored. */
export const noPrimaryRow = (id: UserId): PrimaryRow => ({ id, members: new Map(), version: 0 });

/** Those primary users of whom something is stored; strongly consistent. */
export async function readPrimaryRows(table: DynamoDbTable, ids: readonly UserId[]): Promise<PrimaryRow[]> {
  return (await table.batchGet(ids.map(primaryKey), true)).map(primaryRowOf);
}
