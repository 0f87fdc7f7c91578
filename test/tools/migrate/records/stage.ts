import { LOCAL_REGION } from '../../../../lib/dev/dynamodb.ts';
import { createDynamoDb, type DynamoDb } from '../../../../lib/dynamodb/client.ts';
import { openStageTables, type StageTables } from '../../../../lib/tools/migrate/records/stage-tables.ts';
import { type Bulk, createBulk } from '../../../../lib/tools/operator/bulk.ts';
import type { ManualClock, TestDatabase } from '../../../fixtures/core.ts';

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
