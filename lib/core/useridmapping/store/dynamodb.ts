import type { Condition, DynamoDb, Key } from '../../../dynamodb/client.ts';
import { both, ifAbsent, ifEqual } from '../../../dynamodb/conditions.ts';
import type { UserId } from '../../types.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import { canGiveUp, createClaims, TOMBSTONE_SECONDS } from '../../user/store/dynamodb/claims.ts';
import { userKey } from '../../user/store/dynamodb/keys.ts';
import { IF_LIVE, isDeleted, undeletedRowOf } from '../../user/store/dynamodb/user-item.ts';
import type { UserIdMappingStore } from './useridmapping-store.ts';

/** External ids as attributes of the users' items, and an item per external id that leads to its user. */
export function createUserIdMappingTable(db: DynamoDb, table: string): UserIdMappingStore {
  const claims = createClaims(db, table);

  const get = async (id: UserId): Promise<UserRow | undefined> => undeletedRowOf(await db.get(table, userKey(id)));

  /** @param id the one to which the mapping leads */
  const ifMappedTo = async (externalId: UserId, id: UserId | undefined): Promise<UserRow | undefined> => {
    const row = id === undefined ? undefined : await get(id);
    return row?.externalId === externalId ? row : undefined;
  };

  const findWithRetired = async (externalId: UserId): Promise<UserRow | undefined> =>
    ifMappedTo(externalId, await claims.holderOf(mappingKey(externalId)));

  return {
    async find(externalId) {
      const row = await findWithRetired(externalId);
      return row?.isRetired ? undefined : row;
    },
    findWithRetired,
    async findByEither(id, isOwn) {
      if (isOwn) return (await get(id)) ?? findWithRetired(id);
      const items = await db.batchGet(table, [userKey(id), mappingKey(id)]);
      const itemOf = ({ pk }: Key) => items.find((item) => item.pk === pk);
      const holder = itemOf(mappingKey(id))?.userId as UserId | undefined;
      return undeletedRowOf(itemOf(userKey(id))) ?? ifMappedTo(id, holder);
    },
    async map(row, { externalId, info, claim }, now) {
      const wanted = {
        key: mappingKey(externalId),
        userId: row.id,
        claim,
        isHolder: (other: UserRow) => other.externalId === externalId,
      };
      const claimed = await claims.claim(wanted, now);
      if (claimed === 'taken') return 'external-id-taken';
      const mapped = await db.update(table, userKey(row.id), {
        set: { externalId, mapping: claim, ...(info !== undefined && { externalIdInfo: info }) },
        add: { version: 1 },
        condition: both(IF_UNMAPPED, ifEqual('version', row.version)),
      });
      if (mapped !== undefined) return 'done';
      const current = await db.get(table, userKey(row.id));
      // The condition also fails when our own write happened and only its acknowledgement was lost.
      if (current?.mapping === claim) return 'done';
      // Another request of this user may have taken the same id. What leads there is then needed.
      const unstored = { ...wanted, claim: wanted, isUnshared: claimed === 'claimed', has: wanted.isHolder };
      const isLacked = current?.externalId !== externalId;
      if (isLacked && (await canGiveUp(db, table, unstored, now))) await claims.release(wanted);
      return 'overtaken';
    },
    async setInfo(row, info) {
      const update = info === undefined ? { remove: ['externalIdInfo'] } : { set: { externalIdInfo: info } };
      const changed = await db.update(table, userKey(row.id), { ...update, condition: ifMapped(row) });
      return changed !== undefined;
    },
    async unmap(row) {
      const { externalId, mapping } = row;
      if (externalId === undefined || mapping === undefined) return false;
      const unmapped = await db.update(table, userKey(row.id), {
        set: { unmapped: mapping },
        remove: ['externalId', 'externalIdInfo', 'mapping'],
        add: { version: 1 },
        condition: both(IF_LIVE, ifEqual('mapping', mapping)),
      });
      // The condition also fails when our own write happened and only its acknowledgement was lost.
      const current = unmapped ?? (await db.get(table, userKey(row.id)));
      const isUnmapped = current?.unmapped === mapping;
      if (isUnmapped) await claims.release({ key: mappingKey(externalId), claim: mapping });
      return isUnmapped;
    },
    async expire({ id, externalId }, now) {
      if (externalId === undefined) return;
      const set = { ttl: Math.ceil(now / 1000) + TOMBSTONE_SECONDS };
      await db.update(table, mappingKey(externalId), { set, condition: ifEqual('userId', id) });
    },
    async deletedOwnerOf(externalId) {
      const id = await claims.holderOf(mappingKey(externalId));
      const user = id === undefined ? undefined : await db.get(table, userKey(id));
      return user !== undefined && isDeleted(user) ? id : undefined;
    },
  };
}

/** The item that leads from an external id to its user. */
export const mappingKey = (externalId: UserId): Key => ({ pk: `mapping#${externalId}`, sk: 'mapping' });

const IF_UNMAPPED: Condition = both(IF_LIVE, ifAbsent('externalId'));

const ifMapped = ({ externalId = '' as UserId }: UserRow): Condition =>
  both(IF_LIVE, ifEqual('externalId', externalId));
