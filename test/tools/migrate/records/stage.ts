import { LOCAL_REGION } from '../../../../lib/dev/dynamodb.ts';
import { createDynamoDb, type DynamoDb } from '../../../../lib/dynamodb/client.ts';
import { openStageTables, type StageTables } from '../../../../lib/tools/migrate/records/stage-tables.ts';
import { type Bulk, createBulk } from '../../../../lib/tools/operator/bulk.ts';
import type { ManualClock, TestDatabase } from '../../../fixtures/core.ts';
import { interceptDb } from '../../../fixtures/store-wrappers.ts';

/** The tables of a stage, in a process of its own. */
export function stageTables(
  { endpoint, tables }: Pick<TestDatabase, 'endpoint' | 'tables'>,
  clock: ManualClock,
  {
    db = createDynamoDb({ endpoint, region: LOCAL_REGION }),
    bulk = createBulk({ endpoint, region: LOCAL_REGION }),
  }: {
    readonly db?: DynamoDb;
    readonly bulk?: Bulk;
  } = {},
): StageTables {
  return openStageTables({
    db,
    bulk,
    names: tables,
    clock: clock.now,
    settings: { refreshTokenValidity: 8_640_000_000 },
  });
}

/** The tables of a stage for a process that dies: its first `writes` writes are done, each item of a batch for itself. */
export function dyingStage(
  database: Pick<TestDatabase, 'endpoint' | 'tables' | 'db'>,
  clock: ManualClock,
  writes: number,
): StageTables {
  let done = 0;
  const before = (): void => {
    if (done++ >= writes) throw new Error('The process has died');
  };
  const bulk = createBulk({ endpoint: database.endpoint, region: LOCAL_REGION });
  const isWrite = (operation: keyof DynamoDb): boolean => ['put', 'update', 'delete', 'deleteIf'].includes(operation);
  return stageTables(database, clock, {
    db: interceptDb(database.db, async ({ operation }) => {
      if (isWrite(operation)) before();
    }),
    bulk: {
      ...bulk,
      async write(table, puts, deletions = []) {
        for (const item of puts) {
          before();
          await bulk.write(table, [item]);
        }
        for (const key of deletions) {
          before();
          await bulk.write(table, [], [key]);
        }
      },
    },
  });
}
