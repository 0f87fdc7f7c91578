import type { DynamoDb, Item, Key } from '../../../../dynamodb/client.ts';
import type { ContactKey, UserId } from '../../../types.ts';
import type { PrimaryRow } from '../../rules/primary-row.ts';

/** The item that lists the login methods of a primary user. */
export const primaryKey = (id: UserId): Key => ({ pk: `${PREFIX}${id}`, sk: 'primary' });

const PREFIX = 'primary#';

/** Maps are kept as JSON text. */
export const primaryItem = ({ id, members, claims, version }: PrimaryRow): Item => ({
  ...primaryKey(id),
  members: JSON.stringify(Object.fromEntries(members)),
  claims: JSON.stringify(Object.fromEntries(claims)),
  version,
});

export const primaryRowOf = (item: Item): PrimaryRow => ({
  id: String(item.pk).slice(PREFIX.length) as UserId,
  members: mapOf<UserId, readonly ContactKey[]>(item.members),
  claims: mapOf<ContactKey, string>(item.claims),
  version: item.version as number,
});

const mapOf = <K extends string, V>(text: Item[string] | undefined): ReadonlyMap<K, V> =>
  new Map(Object.entries(JSON.parse(String(text)) as Record<K, V>) as [K, V][]);

/** What stands for a primary user of whom nothing is stored. */
export const noPrimaryRow = (id: UserId): PrimaryRow => ({ id, members: new Map(), claims: new Map(), version: 0 });

/** Those primary users of whom something is stored; strongly consistent. */
export async function readPrimaryRows(db: DynamoDb, table: string, ids: readonly UserId[]): Promise<PrimaryRow[]> {
  return (await db.batchGet(table, ids.map(primaryKey), true)).map(primaryRowOf);
}
