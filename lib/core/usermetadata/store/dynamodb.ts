import type { Condition, Item, Key } from '../../../dynamodb/client.ts';
import { IF_NEW, ifEqual } from '../../../dynamodb/conditions.ts';
import type { DynamoDbTable } from '../../../dynamodb/dynamodb-table.ts';
import { parseJson } from '../../json.ts';
import type { JsonObject, UserId } from '../../types.ts';
import type { StoredMetadata, UserMetadataStore } from './usermetadata-store.ts';

/** Metadata in the table of users: an item per user, next to the user's own. */
export function createUserMetadataTable(table: DynamoDbTable): UserMetadataStore {
  const get: UserMetadataStore['get'] = async (userId) => {
    const item = await table.get(metadataKey(userId));
    return item === undefined ? undefined : { metadata: metadataIn(item), revision: String(item.revision) };
  };
  return {
    get,
    async getAll(userIds) {
      const items = await table.batchGet([...new Set(userIds)].map(metadataKey));
      return new Map(items.map((item) => [userIdIn(item), metadataIn(item)]));
    },
    async replace(userId, read, { metadata, revision }) {
      const item = { ...metadataKey(userId), metadata: JSON.stringify(metadata), revision };
      if (await table.put(item, ifRevision(read))) return true;
      // The condition also fails when our own write happened and only its acknowledgement was lost.
      return (await get(userId))?.revision === revision;
    },
    isUsedBy: async (userId) => (await get(userId)) !== undefined,
    async remove(userId) {
      await table.delete(metadataKey(userId));
    },
    async removeUser(userId, isWanted) {
      for (let found = await get(userId); found !== undefined && (await isWanted()); found = await get(userId)) {
        await table.deleteIf(metadataKey(userId), ifRevision(found));
      }
    },
  };
}

const PREFIX = 'user#';

export const metadataKey = (userId: UserId): Key => ({ pk: `${PREFIX}${userId}`, sk: 'metadata' });

const userIdIn = ({ pk }: Item): UserId => String(pk).slice(PREFIX.length) as UserId;

const metadataIn = ({ metadata }: Item): JsonObject => parseJson(String(metadata)) as JsonObject;

/** The metadata is as it was read. `undefined` stands for no metadata. */
export const ifRevision = (read: StoredMetadata | undefined): Condition =>
  read === undefined ? IF_NEW : ifEqual('revision', read.revision);
