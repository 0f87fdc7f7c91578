import type { Condition, Key } from '../../../dynamodb/client.ts';
import { both, ifAbsent, ifEqual } from '../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../dynamodb/dynamodb-table.ts';
import type { Millis, UserId } from '../../types.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import { type Claims, canGiveUp, createClaims, TOMBSTONE_SECONDS } from '../../user/store/dynamodb/claims.ts';
import { userKey } from '../../user/store/dynamodb/keys.ts';
import { IF_LIVE, isDeleted, undeletedRowOf } from '../../user/store/dynamodb/user-item.ts';
import type { MappingResult, NewMapping, UserIdMappingStore } from './useridmapping-store.ts';

/** External ids as attributes of the users' items, and an item per external id that leads to its user. */
export function createUserIdMappingTable(table: DynamoDbTable): UserIdMappingStore {
  const parts: Parts = { table, claims: createClaims(table) };
  return {
    async find(externalId) {
      const row = await findWithRetired(parts, externalId);
      return row?.isRetired ? undefined : row;
    },
    findWithRetired: (externalId) => findWithRetired(parts, externalId),
    findByEither: (id, isOwn) => findByEither(parts, id, isOwn),
    map: (row, mapping, now) => map(parts, row, mapping, now),
    async setInfo(row, info) {
      const update = info === undefined ? { remove: ['externalIdInfo'] } : { set: { externalIdInfo: info } };
      const changed = await table.update(userKey(row.id), { ...update, condition: ifMapped(row) });
      return changed !== undefined;
    },
    unmap: (row) => unmap(parts, row),
    async expire({ id, externalId }, now) {
      if (externalId === undefined) return;
      const set = { ttl: Math.ceil(now / 1000) + TOMBSTONE_SECONDS };
      await table.update(mappingKey(externalId), { set, condition: ifEqual('userId', id) });
    },
    async deletedOwnerOf(externalId) {
      const id = await parts.claims.holderOf(mappingKey(externalId));
      const user = id === undefined ? undefined : await table.get(userKey(id));
      return user !== undefined && isDeleted(user) ? id : undefined;
    },
  };
}

/** What the methods of the store work with. */
interface Parts {
  readonly table: DynamoDbTable;
  readonly claims: Claims;
}

const getUser = async ({ table }: Parts, id: UserId): Promise<UserRow | undefined> =>
  undeletedRowOf(await table.get(userKey(id)));

/** @param id the one to which the mapping leads */
async function ifMappedTo(parts: Parts, externalId: UserId, id: UserId | undefined): Promise<UserRow | undefined> {
  const row = id === undefined ? undefined : await getUser(parts, id);
  return row?.externalId === externalId ? row : undefined;
}

const findWithRetired = async (parts: Parts, externalId: UserId): Promise<UserRow | undefined> =>
  ifMappedTo(parts, externalId, await parts.claims.holderOf(mappingKey(externalId)));

async function findByEither(parts: Parts, id: UserId, isOwn: boolean): Promise<UserRow | undefined> {
  if (isOwn) return (await getUser(parts, id)) ?? findWithRetired(parts, id);
  const items = await parts.table.batchGet([userKey(id), mappingKey(id)]);
  const itemOf = ({ pk }: Key) => items.find((item) => item.pk === pk);
  const holder = itemOf(mappingKey(id))?.userId as UserId | undefined;
  return undeletedRowOf(itemOf(userKey(id))) ?? ifMappedTo(parts, id, holder);
}

/** Claims the external id, then stores it with the user. */
async function map(
  { table, claims }: Parts,
  row: UserRow,
  { externalId, info, claim }: NewMapping,
  now: Millis,
): Promise<MappingResult> {
  const isHolder = (other: UserRow) => other.externalId === externalId;
  const wanted = { key: mappingKey(externalId), userId: row.id, claim, isHolder };
  const claimed = await claims.claim(wanted, now);
  if (claimed === 'taken') return 'external-id-taken';
  const mapped = await table.update(userKey(row.id), {
    set: { externalId, mapping: claim, ...(info !== undefined && { externalIdInfo: info }) },
    add: { version: 1 },
    condition: both(IF_UNMAPPED, ifEqual('version', row.version)),
  });
  if (mapped !== undefined) return 'done';
  const current = await table.get(userKey(row.id));
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  if (current?.mapping === claim) return 'done';
  // Another request of this user may have taken the same id. What leads there is then needed.
  const unstored = { ...wanted, claim: wanted, isUnshared: claimed === 'claimed', has: isHolder };
  const isLacked = current?.externalId !== externalId;
  if (isLacked && (await canGiveUp(table, unstored, now))) await claims.release(wanted);
  return 'overtaken';
}

async function unmap({ table, claims }: Parts, { id, externalId, mapping }: UserRow): Promise<boolean> {
  if (externalId === undefined || mapping === undefined) return false;
  const unmapped = await table.update(userKey(id), {
    set: { unmapped: mapping },
    remove: ['externalId', 'externalIdInfo', 'mapping'],
    add: { version: 1 },
    condition: both(IF_LIVE, ifEqual('mapping', mapping)),
  });
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  const current = unmapped ?? (await table.get(userKey(id)));
  const isUnmapped = current?.unmapped === mapping;
  if (isUnmapped) await claims.release({ key: mappingKey(externalId), claim: mapping });
  return isUnmapped;
}

/** The item that leads from an external id to its user. */
export const mappingKey = (externalId: UserId): Key => ({ pk: `mapping#${externalId}`, sk: 'mapping' });

const IF_UNMAPPED: Condition = both(IF_LIVE, ifAbsent('externalId'));

const ifMapped = ({ externalId = '' as UserId }: UserRow): Condition =>
  both(IF_LIVE, ifEqual('externalId', externalId));
