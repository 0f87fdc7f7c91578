import { join } from '../../../core/accountlinking/operations/join.ts';
import { isUnlinked } from '../../../core/accountlinking/operations/stale-link.ts';
import type { UserId } from '../../../core/types.ts';
import type { WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { refusal } from '../records/stage-writes.ts';

/** Links a login method to a primary user, or makes it the first one of a new primary user. */
export async function addMember({ context }: StageTables, primaryId: UserId, id: UserId): Promise<WriteOutcome> {
  const { links, users } = context.stores;
  for (;;) {
    const primary = await links.get(primaryId);
    const row = await users.get(id);
    if (row === undefined) return refusal(primaryId, `its login method ${id} is not there`);
    if (row.primaryId === primaryId && primary.members.has(id)) return 'written';
    if (!(await isUnlinked(context, row))) {
      const current = await users.get(id);
      if (current?.primaryId === undefined || current.primaryId !== row.primaryId) continue;
      return refusal(primaryId, `its login method ${id} belongs to the primary user ${current.primaryId}`);
    }
    const result = await join(context, primary, row);
    if (result.kind === 'joined') return 'written';
    if (result.kind === 'held') {
      return refusal(
        primaryId,
        `the ${result.contact.replace('#', ' ')} of ${id} is that of the primary user ${result.primaryId}`,
      );
    }
  }
}
