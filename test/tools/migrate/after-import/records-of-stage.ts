import { DEFAULT_CORE_CONFIG } from '../../../../lib/core/index.ts';
import { LOCAL_REGION } from '../../../../lib/dev/dynamodb.ts';
import { createStagePrimaryUsers } from '../../../../lib/tools/migrate/primary-users/stage-primary-users.ts';
import type { MovedRecord, RecordDatabase } from '../../../../lib/tools/migrate/records/record-database.ts';
import { openStageTables } from '../../../../lib/tools/migrate/records/stage-tables.ts';
import { createStageRoles } from '../../../../lib/tools/migrate/roles/stage-roles.ts';
import { createStageUsers } from '../../../../lib/tools/migrate/users/stage-users.ts';
import { createBulk } from '../../../../lib/tools/operator/bulk.ts';
import type { Stage } from '../installation.ts';

/** All roles, users and primary users of a stage. */
export async function recordsIn({ db, endpoint, names, clock }: Stage) {
  const bulk = createBulk({ endpoint, region: LOCAL_REGION });
  const tables = openStageTables({ db, bulk, names, clock: clock.now, settings: DEFAULT_CORE_CONFIG });
  return {
    roles: await allOf(createStageRoles(tables)),
    users: await allOf(createStageUsers(tables)),
    primaryUsers: await allOf(createStagePrimaryUsers(tables)),
  };
}

async function allOf<R extends MovedRecord, Version>(database: RecordDatabase<R, Version>): Promise<R[]> {
  const all: R[] = [];
  for await (const { records, refused } of database.pages()) {
    if (refused.length > 0) throw new Error(`${refused[0]?.key} is refused: ${refused[0]?.reason}`);
    all.push(...records);
  }
  return all.sort((one, other) => (one.key < other.key ? -1 : 1));
}
