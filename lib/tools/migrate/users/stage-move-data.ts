import type { UserId } from '../../../core/types.ts';
import type { UserRow } from '../../../core/user/rules/user-row.ts';
import type { WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { PARTS_OF_DATA_ID, removeData, writeParts } from './stage-data.ts';
import { claimMapping, releaseMapping, setMapping } from './stage-mapping.ts';
import { readPartition, type StageUser, userIn } from './stage-user.ts';
import type { MovedUser } from './user.ts';

export interface DataMove {
  /** As it was read. */
  readonly user: StageUser;
  readonly row: UserRow;
  /** Under which everything is to be kept: the new external id, or the user's own id. */
  readonly dataId: UserId;
}

/**
 * Changes the external id of a user. What is kept under the user's ids is then kept under another id. It is written
 * there first, and deleted under the former id last, so the user has it at any moment.
 */
export async function moveToId(
  tables: StageTables,
  record: MovedUser,
  { user, row, dataId }: DataMove,
): Promise<WriteOutcome> {
  const { mapping } = record.parts;
  const claim = tables.context.random.uuid();
  const taken = await claimMapping(tables, record, claim);
  if (taken !== undefined) return taken;
  const own = await readPartition(tables, user.id);
  const data = dataId === user.id ? own : await readPartition(tables, dataId);
  const there = userIn(tables, user.id, own, dataId, data);
  const written = await writeParts(tables, there, PARTS_OF_DATA_ID, record.parts);
  if (written !== 'written') return written;
  if ((await setMapping(tables, row, mapping, claim)) === 'overtaken') return 'overtaken';
  const removed = await removeData(tables, user);
  await releaseMapping(tables, row);
  return removed;
}
