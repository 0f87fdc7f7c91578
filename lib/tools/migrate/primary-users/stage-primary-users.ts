import { unlinkAccount } from '../../../core/accountlinking/operations/unlink-account.ts';
import type { UserId } from '../../../core/types.ts';
import { isMember, type PrimaryRow } from '../../../core/user/rules/primary-row.ts';
import type { UserRow } from '../../../core/user/rules/user-row.ts';
import { readPrimaryRows } from '../../../core/user/store/dynamodb/primary-item.ts';
import { readRowsConsistently } from '../../../core/user/store/dynamodb/read-rows.ts';
import type { Condition, Key } from '../../../dynamodb/client.ts';
import { tableOf } from '../../../dynamodb/dynamodb-table.ts';
import { bytesOf, MAX_ITEM_BYTES } from '../records/item-limits.ts';
import type {
  RecordChange,
  RecordDatabase,
  RecordPage,
  StoredRecord,
  WriteOutcome,
} from '../records/record-database.ts';
import type { StageTables } from '../records/stage-tables.ts';
import { outcomesOf } from '../records/stage-writes.ts';
import type { MovedPrimaryUser } from './primary-user.ts';
import { addMember } from './stage-member.ts';

/** A primary user as it was read, with the login methods that belong to it. */
export interface StagePrimaryUser {
  readonly primary: PrimaryRow;
  readonly rows: readonly UserRow[];
}

type Stored = StoredRecord<MovedPrimaryUser, StagePrimaryUser>;
type Change = RecordChange<MovedPrimaryUser, StagePrimaryUser>;

/** The primary users of our tables. */
export function createStagePrimaryUsers(tables: StageTables): RecordDatabase<MovedPrimaryUser, StagePrimaryUser> {
  return {
    side: 'stage',
    pages: (after) => pagesOf(tables, after),
    count: async () => undefined,
    read: async (keys) => byKey(await readPrimaryUsers(tables, keys as readonly UserId[])),
    refusalOf: ({ parts: { members } }) => limitOn(members),
    async write(changes, announce = async () => undefined) {
      await announce(undefined);
      return outcomesOf(changes, (change) => writeMembers(tables, change));
    },
    deletedOf: (missing) =>
      emptiedOf(
        tables,
        missing.map(({ key }) => key as UserId),
      ),
    remove: (records) => outcomesOf(records, (stored) => remove(tables, stored)),
  };
}

async function* pagesOf(
  { bulk, ...tables }: StageTables,
  after?: string,
): AsyncGenerator<RecordPage<MovedPrimaryUser>> {
  const start = after === undefined ? undefined : (JSON.parse(after) as Key);
  for await (const { items } of bulk.scanPages(tables.table, IF_PRIMARY, start)) {
    const last = items.at(-1);
    if (last === undefined) continue;
    const ids = items.map(({ pk }) => String(pk).slice(PREFIX.length) as UserId);
    const users = await readPrimaryUsers({ bulk, ...tables }, ids);
    const records = users.map(({ version }) => recordOf(version));
    yield { records, refused: [], position: JSON.stringify({ pk: last.pk, sk: last.sk }) };
  }
}

const PREFIX = 'primary#';

const IF_PRIMARY: Condition = {
  expression: '#sk = :sk AND begins_with(#pk, :prefix)',
  names: { '#sk': 'sk', '#pk': 'pk' },
  values: { ':sk': 'primary', ':prefix': PREFIX },
};

const byKey = (users: readonly Stored[]): ReadonlyMap<string, Stored> =>
  new Map(users.map((user) => [user.version.primary.id, user]));

/** Those of the primary users that have a login method. */
async function readPrimaryUsers({ db, table }: StageTables, ids: readonly UserId[]): Promise<Stored[]> {
  // In this order: until a primary user changes, none of its login methods can be unlinked.
  const primaries = await readPrimaryRows(tableOf(db, table), ids);
  const listed = new Set(primaries.flatMap(({ members }) => [...members.keys()]));
  const rows = new Map((await readRowsConsistently(tableOf(db, table), [...listed])).map((row) => [row.id, row]));
  return primaries.flatMap((primary) => {
    const found = [...primary.members.keys()].flatMap((id) => rows.get(id) ?? []);
    const version = { primary, rows: found.filter((row) => isMember(primary, row)) };
    return version.rows.length === 0 ? [] : [{ record: recordOf(version), version }];
  });
}

const membersIn = ({ rows }: StagePrimaryUser): UserId[] => rows.map(({ id }) => id).toSorted();

const recordOf = (user: StagePrimaryUser): MovedPrimaryUser => ({
  key: user.primary.id,
  parts: { members: membersIn(user) },
});

/** Its item lists the login methods, and the contacts of each. Whether these fit too turns out when they are written. */
function limitOn(members: readonly UserId[]): string | undefined {
  const bytes = bytesOf(JSON.stringify(Object.fromEntries(members.map((id) => [id, []]))));
  return bytes > MAX_ITEM_BYTES ? `it has ${members.length} login methods, too many for one DynamoDB item` : undefined;
}

/** Each login method is linked or unlinked by itself, as the core does it. */
async function writeMembers(tables: StageTables, { record, replaces }: Change): Promise<WriteOutcome> {
  if (replaces !== undefined && !(await isUnchanged(tables, replaces.version))) return 'overtaken';
  const before = replaces === undefined ? [] : membersIn(replaces.version);
  const next = record.parts.members;
  for (const id of before.filter((each) => !next.includes(each))) await unlinkAccount(tables.context, id);
  const isFirst = (id: UserId): boolean => id === record.key;
  // The first login method first, as in the core.
  for (const id of [...next.filter(isFirst), ...next.filter((each) => !isFirst(each))]) {
    if (before.includes(id)) continue;
    const outcome = await addMember(tables, record.key, id);
    if (outcome !== 'written') return outcome;
  }
  return 'written';
}

/** The login methods stay, each by itself. */
async function remove(tables: StageTables, { version }: Stored): Promise<WriteOutcome> {
  if (!(await isUnchanged(tables, version))) return 'overtaken';
  const { primary } = version;
  // The first login method last: if there are others, unlinking it would delete it.
  const others = membersIn(version).filter((id) => id !== primary.id);
  for (const id of [...others, primary.id]) await unlinkAccount(tables.context, id);
  return 'written';
}

/** A primary user that has lost its last login method leaves an item for some days. */
async function emptiedOf({ db, table }: StageTables, ids: readonly UserId[]): Promise<ReadonlySet<string>> {
  const primaries = await readPrimaryRows(tableOf(db, table), ids);
  return new Set(primaries.filter(({ members }) => members.size === 0).map(({ id }) => id));
}

async function isUnchanged({ context }: StageTables, { primary }: StagePrimaryUser): Promise<boolean> {
  return (await context.stores.links.get(primary.id)).version === primary.version;
}
