import { createHash } from 'node:crypto';
import type { Key } from '../../../../dynamodb/client.ts';
import type { DynamoDbTable } from '../../../../dynamodb/dynamodb-table.ts';
import type { UserId } from '../../../types.ts';
import type { ActivityStore } from '../activity-store.ts';

/** An item per user, spread over some partitions so that none of them is busy. */
export const createActivityTable = (table: DynamoDbTable): ActivityStore => ({
  async note(userId, now) {
    await table.put({ ...activityKey(userId), lastActive: now });
  },
  async count(since) {
    const isActive = { expression: '#a >= :since', names: { '#a': 'lastActive' }, values: { ':since': since } };
    const counts = await Promise.all(
      SHARDS.map((shard) => table.count({ name: 'pk', value: partitionOf(shard) }, isActive)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  },
  async remove(userId) {
    await table.delete(activityKey(userId));
  },
});

const SHARDS = [...'0123456789abcdef'];

const partitionOf = (shard: string): string => `active#${shard}`;

/** Users are named by a hash, for an id may be longer than a sort key. */
export function activityKey(userId: UserId): Key {
  const hash = createHash('sha256').update(userId).digest();
  return { pk: partitionOf(hash.toString('hex').charAt(0)), sk: hash.toString('base64url') };
}
