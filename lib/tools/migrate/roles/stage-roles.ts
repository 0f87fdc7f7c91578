import type { RoleName } from '../../../core/types.ts';
import {
  ifUnchanged,
  LISTED_ROLES,
  listedRoleKey,
  type RoleRow,
  roleItem,
  roleKey,
  roleRowOf,
} from '../../../core/userroles/store/dynamodb/items.ts';
import type { Item } from '../../../dynamodb/client.ts';
import { IF_NEW } from '../../../dynamodb/conditions.ts';
import { bytesOf, MAX_ITEM_BYTES, MAX_TEXT_BYTES } from '../records/item-limits.ts';
import type { RecordChange, RecordDatabase, RecordPage, WriteOutcome } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { outcomeOf, outcomesOf } from '../records/stage-writes.ts';
import type { MovedRole } from './role.ts';

/** As many roles are read for one page. */
const PAGE_SIZE = 100;

type RoleChange = RecordChange<MovedRole, RoleRow>;

/** The roles of our tables. A role whose deletion broke off is still there: deleting it again completes that. */
export function createStageRoles(tables: StageTables): RecordDatabase<MovedRole, RoleRow> {
  return {
    side: 'stage',
    pages: (after) => pagesOf(tables, after),
    count: async () => (await tables.context.stores.roles.list()).length,
    async read(keys) {
      const rows = await readRoles(tables, keys);
      return new Map(rows.map((row) => [row.role, { record: recordOf(row), version: row }]));
    },
    refusalOf: ({ key, parts: { permissions } }) => refusalOf(key, permissions),
    async write(changes, announce = async () => undefined) {
      const created = changes.filter(({ replaces }) => replaces === undefined);
      // First what lists the roles, and before the announcement: see deletedOf.
      const incarnations = new Map(created.map(({ record: { key } }) => [key, tables.context.random.uuid()]));
      await tables.bulk.write(
        tables.table,
        [...incarnations].map(([role, incarnation]) => ({ ...listedRoleKey(role), incarnation })),
      );
      await announce(undefined);
      return outcomesOf(changes, (change) => writeRole(tables, change, incarnations.get(change.record.key)));
    },
    async deletedOf(missing) {
      // The core deletes what lists a role before it deletes the role.
      const keys = missing.map(({ key }) => listedRoleKey(key as RoleName));
      const listed = new Set((await tables.db.batchGet(tables.table, keys)).map(({ sk }) => String(sk)));
      return new Set(missing.map(({ key }) => key).filter((key) => !listed.has(key)));
    },
    remove: (records) => outcomesOf(records, ({ version }) => removeRole(tables, version)),
  };
}

async function* pagesOf(tables: StageTables, after?: string): AsyncGenerator<RecordPage<MovedRole>> {
  let start = after === undefined ? undefined : { pk: LISTED_ROLES, sk: after };
  do {
    const request = { limit: PAGE_SIZE, after: start };
    const { items, next } = await tables.db.queryPage(tables.table, { name: 'pk', value: LISTED_ROLES }, request);
    const rows = await readRoles(
      tables,
      items.map(({ sk }) => String(sk)),
    );
    const last = items.at(-1);
    if (last !== undefined) yield { records: rows.map(recordOf), refused: [], position: String(last.sk) };
    start = next && { pk: LISTED_ROLES, sk: String(next.sk) };
  } while (start !== undefined);
}

/** Those of the roles that are there, in the order of the names. */
async function readRoles({ db, table }: StageTables, names: readonly string[]): Promise<RoleRow[]> {
  const items = await db.batchGet(
    table,
    names.map((name) => roleKey(name as RoleName)),
  );
  const rows = new Map(items.map((item) => [roleIn(item), roleRowOf(roleIn(item), item)]));
  return names.flatMap((name) => rows.get(name as RoleName) ?? []);
}

const roleIn = ({ pk }: Item): RoleName => String(pk).slice('role#'.length) as RoleName;

const recordOf = ({ role, permissions }: RoleRow): MovedRole => ({
  key: role,
  parts: { permissions: permissions.toSorted() },
});

function refusalOf(role: RoleName, permissions: readonly string[]): string | undefined {
  const tooLong = [role, ...permissions].find((text) => bytesOf(text) > MAX_TEXT_BYTES);
  if (tooLong !== undefined)
    return `a name has ${bytesOf(tooLong)} bytes, and the stage keeps ${MAX_TEXT_BYTES} at most`;
  const bytes = bytesOf(JSON.stringify(permissions)) + 2 * bytesOf(role);
  return bytes > MAX_ITEM_BYTES ? `its permissions have ${bytes} bytes, too many for one DynamoDB item` : undefined;
}

async function writeRole(
  { db, table, context }: StageTables,
  { record: { key, parts }, replaces }: RoleChange,
  incarnation = '',
): Promise<WriteOutcome> {
  if (replaces === undefined) {
    return outcomeOf(await db.put(table, roleItem(key, incarnation, parts.permissions), IF_NEW));
  }
  if (replaces.version.deletion !== undefined) {
    // The core completes the deletion first.
    return outcomeOf(await context.stores.roles.create(key, parts.permissions, context.random.uuid()));
  }
  const set = { permissions: JSON.stringify(parts.permissions) };
  const update = { set, add: { version: 1 }, condition: ifUnchanged(replaces.version) };
  return outcomeOf((await db.update(table, roleKey(key), update)) !== undefined);
}

/** Marks the role as it was read. Then the core's own deletion takes it from its users. */
async function removeRole({ db, table, context }: StageTables, row: RoleRow): Promise<WriteOutcome> {
  const deletion = row.deletion ?? context.random.uuid();
  if (row.deletion !== undefined) return outcomeOf(await context.stores.roles.delete(row.role, deletion));
  const update = { set: { deleting: deletion }, add: { version: 1 }, condition: ifUnchanged(row) };
  if ((await db.update(table, roleKey(row.role), update)) === undefined) return 'overtaken';
  await context.stores.roles.delete(row.role, deletion);
  return 'written';
}
