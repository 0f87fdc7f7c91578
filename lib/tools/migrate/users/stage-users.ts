import { concurrently } from '../../../core/concurrently.ts';
import type { RoleName, UserId } from '../../../core/types.ts';
import { removeUser } from '../../../core/user/operations/remove-user.ts';
import { userKey } from '../../../core/user/store/dynamodb/keys.ts';
import { isDeleted } from '../../../core/user/store/dynamodb/user-item.ts';
import type { Condition, Item, Key } from '../../../dynamodb/client.ts';
import type {
  RecordChange,
  RecordDatabase,
  RecordPage,
  RefusedRecord,
  WriteOutcome,
} from '../records/record-database.ts';
import { isRefused } from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { AT_ONCE, outcomesOf, refusal } from '../records/stage-writes.ts';
import { changeUser } from './stage-change.ts';
import { createUsers } from './stage-create.ts';
import { removeData } from './stage-data.ts';
import { type Incarnations, readIncarnations } from './stage-grants.ts';
import { limitOn } from './stage-limits.ts';
import type { MovedLoginUser } from './stage-login-item.ts';
import { isSameUser, readPartition, type StageUser, type StoredStageUser, storedUsersIn } from './stage-user.ts';
import type { MovedUser } from './user.ts';

type UserChange = RecordChange<MovedUser, StageUser>;

/** The users of our tables, and what is kept under other ids. */
export function createStageUsers(tables: StageTables): RecordDatabase<MovedUser, StageUser> {
  return {
    side: 'stage',
    pages: (after) => pagesOf(tables, after),
    count: async () => undefined,
    read: (keys) => readUsers(tables, keys),
    refusalOf: limitOn,
    async write(changes, announce = async () => undefined) {
      await announce(undefined);
      const outcomes = new Map<string, WriteOutcome>();
      const incarnations = await readIncarnations(tables, new Set(changes.flatMap(wantedRoles)));
      const possible = withKnownRoles(changes, incarnations, outcomes);
      const created = possible.filter(isCreation).map(({ record, replaces }) => ({
        record: record as MovedLoginUser,
        isKnown: replaces !== undefined,
      }));
      for (const [key, outcome] of await createUsers(tables, created, incarnations)) outcomes.set(key, outcome);
      const others = possible.filter((change) => !isCreation(change));
      const changed = await outcomesOf(others, (change) => changeUser(tables, change, userBefore(change)));
      for (const [key, outcome] of changed) outcomes.set(key, outcome);
      return outcomes;
    },
    async deletedOf(missing) {
      const keys = missing.map(({ key }) => userKey(key as UserId));
      const items = await tables.db.batchGet(tables.table, keys);
      const deleted = items.filter((item) => isDeleted(item) && (item.erased === true || item.recipe !== undefined));
      return new Set(deleted.map(({ pk }) => String(pk).slice('user#'.length)));
    },
    remove: (records) => outcomesOf(records, (stored) => remove(tables, stored)),
  };
}

/** Items of one user come one after the other, over pages too. */
async function* pagesOf(tables: StageTables, after?: string): AsyncGenerator<RecordPage<MovedUser>> {
  const start = after === undefined ? undefined : (JSON.parse(after) as Key);
  let held: Item[] = [];
  for await (const { items, next } of tables.bulk.scanPages(tables.table, IF_OF_USER, start)) {
    const known = [...held, ...items];
    const last = next === undefined ? undefined : known.at(-1)?.pk;
    held = known.filter(({ pk }) => pk === last);
    const whole = known.filter(({ pk }) => pk !== last);
    const end = whole.at(-1);
    if (end === undefined) continue;
    const users = await storedUsersIn(tables, partitionsOf(whole));
    const records = users.flatMap(({ record }) => (isRefused(record) ? [] : [record]));
    yield { records, refused: [], position: JSON.stringify({ pk: end.pk, sk: end.sk }) };
  }
}

const PREFIX = 'user#';

const IF_OF_USER: Condition = {
  expression: 'begins_with(#pk, :prefix)',
  names: { '#pk': 'pk' },
  values: { ':prefix': PREFIX },
};

function partitionsOf(items: readonly Item[]): ReadonlyMap<UserId, readonly Item[]> {
  const partitions = new Map<UserId, Item[]>();
  for (const item of items) {
    const id = String(item.pk).slice(PREFIX.length) as UserId;
    const partition = partitions.get(id);
    if (partition === undefined) partitions.set(id, [item]);
    else partition.push(item);
  }
  return partitions;
}

async function readUsers(tables: StageTables, keys: readonly string[]): Promise<ReadonlyMap<string, StoredStageUser>> {
  const partitions = new Map<UserId, readonly Item[]>();
  await concurrently(AT_ONCE, keys as readonly UserId[], async (id) => {
    const items = await readPartition(tables, id);
    partitions.set(id, items);
  });
  const users = await storedUsersIn(tables, partitions);
  return new Map(users.map((user) => [user.version.id, user]));
}

const wantedRoles = ({ record, changed }: UserChange): readonly RoleName[] =>
  changed.includes('roles') ? record.parts.roles : [];

/** Sorts out the users who are to have a role that is not there. Nothing of them is written. */
function withKnownRoles(
  changes: readonly UserChange[],
  incarnations: Incarnations,
  outcomes: Map<string, WriteOutcome>,
): readonly UserChange[] {
  return changes.filter((change) => {
    const missing = wantedRoles(change).find((role) => !incarnations.has(role));
    if (missing !== undefined) outcomes.set(change.record.key, unknownRole(change.record.key, missing));
    return missing === undefined;
  });
}

const unknownRole = (key: string, role: RoleName): RefusedRecord => refusal(key, `the role ${role} is not there`);

/** Whether the change makes a user of what has no login method yet. */
const isCreation = ({ record, replaces }: UserChange): boolean =>
  record.parts.login !== null && replaces?.version.row === undefined;

/** Nothing, if nothing was read. */
const userBefore = ({ record: { key }, replaces }: UserChange): StageUser =>
  replaces?.version ?? {
    id: key,
    own: undefined,
    row: undefined,
    dataId: key,
    verification: undefined,
    metadata: undefined,
    roles: [],
    resetTokens: [],
    verificationTokens: [],
    lastActive: undefined,
  };

async function remove(tables: StageTables, { version }: StoredStageUser): Promise<WriteOutcome> {
  const current = (await readUsers(tables, [version.id])).get(version.id);
  if (current === undefined) return 'written';
  if (!isSameUser(current.version, version)) return 'overtaken';
  if (version.row === undefined) return removeData(tables, version);
  const { context } = tables;
  // A request that is about to change the user's contacts or links fails from here on.
  if (!version.row.isRetired && !(await context.stores.links.shutOut(version.row))) return 'overtaken';
  await removeUser(context, version.id, false);
  return 'written';
}
