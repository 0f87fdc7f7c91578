import { concurrently } from '../../../core/concurrently.ts';
import type { RoleName, UserId } from '../../../core/types.ts';
import { ifGrant, roleKey, roleRowOf, roleUserKey, userRoleKey } from '../../../core/userroles/store/dynamodb/items.ts';
import type { Item } from '../../../dynamodb/client.ts';
import type { WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { AT_ONCE, refusal } from '../records/stage-writes.ts';

/** The random ids of the roles that are there. A role that is being deleted is not there. */
export type Incarnations = ReadonlyMap<RoleName, string>;

export async function readIncarnations(
  { db, table }: StageTables,
  roles: ReadonlySet<RoleName>,
): Promise<Incarnations> {
  const items = await db.batchGet(table, [...roles].map(roleKey));
  const rows = items.flatMap((item) => roleRowOf(String(item.pk).slice('role#'.length) as RoleName, item) ?? []);
  return new Map(rows.filter(({ deletion }) => deletion === undefined).map((row) => [row.role, row.incarnation]));
}

/** A role that a user is to have. */
export interface Grant {
  readonly userId: UserId;
  readonly role: RoleName;
  readonly grant: string;
  readonly incarnation: string;
}

/** The item by which a role finds its user. */
export const roleUserItem = ({ userId, role, grant, incarnation }: Grant): Item => ({
  ...roleUserKey(role, userId),
  incarnation,
  grant,
});

/** A user's role as pending, which counts for nothing yet. */
export const pendingItem = ({ userId, role, grant, incarnation }: Grant): Item => ({
  ...userRoleKey(userId, role),
  incarnation,
  grant,
  pending: true,
});

/**
 * Confirms pending roles of a user.
 * @param current was read after they were written: a deletion of a role that begins later finds them
 */
export async function confirmGrants(
  tables: StageTables,
  userId: UserId,
  grants: readonly Grant[],
  current: Incarnations,
): Promise<WriteOutcome> {
  const { db, table } = tables;
  const gone = grants.find(({ role, incarnation }) => current.get(role) !== incarnation);
  if (gone !== undefined) {
    await concurrently(AT_ONCE, grants, (grant) => withdraw(tables, grant));
    return refusal(userId, `the role ${gone.role} is not there`);
  }
  for (const { role, grant } of grants) {
    const update = { remove: ['pending'], condition: ifGrant(grant) };
    if ((await db.update(table, userRoleKey(userId, role), update)) === undefined) return 'overtaken';
  }
  return 'written';
}

async function withdraw({ db, table }: StageTables, { userId, role, grant }: Grant): Promise<void> {
  await db.deleteIf(table, userRoleKey(userId, role), ifGrant(grant));
  await db.deleteIf(table, roleUserKey(role, userId), ifGrant(grant));
}
