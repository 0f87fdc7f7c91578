import type { UserId } from '../../../../lib/core/types.ts';
import type { MovedPrimaryUser } from '../../../../lib/tools/migrate/primary-users/primary-user.ts';
import {
  createStagePrimaryUsers,
  type StagePrimaryUser,
} from '../../../../lib/tools/migrate/primary-users/stage-primary-users.ts';
import type { RecordDatabase, StoredRecord } from '../../../../lib/tools/migrate/records/record-database.ts';
import { createStageUsers } from '../../../../lib/tools/migrate/users/stage-users.ts';
import { ManualClock, startTestDatabase, type TestCore, type TestDatabase } from '../../../fixtures/core.ts';
import { link, makePrimary, passwordUser, providerUser, remove, someAddress } from '../../../fixtures/linking.ts';
import { dyingDb } from '../../../fixtures/store-wrappers.ts';
import { makeUserCore } from '../../../fixtures/user-core.ts';
import { JOINED } from '../../../fixtures/users.ts';
import { stageTables } from '../records/stage.ts';

type PrimaryUsers = RecordDatabase<MovedPrimaryUser, StagePrimaryUser>;

let database: TestDatabase;
let core: TestCore;
let clock: ManualClock;
let primaries: PrimaryUsers;

beforeAll(async () => {
  database = await startTestDatabase();
  clock = new ManualClock(JOINED);
  core = makeUserCore(database, { clock });
  primaries = createStagePrimaryUsers(stageTables(database, clock));
});

afterAll(() => database.stop());

const primaryOf = (key: string, ...others: string[]): MovedPrimaryUser => ({
  key: key as UserId,
  parts: { members: [key, ...others].sort() as UserId[] },
});

async function readAll(key: string): Promise<StoredRecord<MovedPrimaryUser, StagePrimaryUser>[]> {
  return [...(await primaries.read([key])).values()];
}

const recordOf = async (key: string) => (await readAll(key))[0]?.record;

async function write(record: MovedPrimaryUser, writer = primaries) {
  const [replaces] = await readAll(record.key);
  return (await writer.write([{ record, changed: ['members'], replaces }])).get(record.key);
}

const userOf = async (id: string) => (await core.ask(`/user/id?userId=${id}`)).json.user;

test('login methods that are linked answer as those that the core has linked', async () => {
  const [byCore, linkedByCore] = [await passwordUser(core), await providerUser(core)];
  await makePrimary(core, byCore);
  await link(core, linkedByCore, byCore);
  expect(await recordOf(byCore)).toEqual(primaryOf(byCore, linkedByCore));
  const [moved, linked] = [await passwordUser(core), await providerUser(core)];
  const record = primaryOf(moved, linked);
  expect(await write(record)).toBe('written');
  expect(await recordOf(moved)).toEqual(record);
  for (const id of [moved, linked]) {
    const user = await userOf(id);
    expect(user).toMatchObject({ id: moved, isPrimaryUser: true });
    expect(user).toHaveProperty('loginMethods.length', 2);
  }
  const listed = (await core.ask('/users?limit=500')).json.users as unknown as { id: string }[];
  expect(listed.filter(({ id }) => [moved, linked].includes(id))).toHaveLength(1);
  const { table, db } = stageTables(database, clock);
  const attributesOf = async (pk: string) =>
    (await db.query(table, { name: 'pk', value: pk })).map((item) => Object.keys(item).sort());
  expect(await attributesOf(`primary#${moved}`)).toEqual(await attributesOf(`primary#${byCore}`));
  expect(await attributesOf(`user#${linked}`)).toEqual(await attributesOf(`user#${linkedByCore}`));
});

test('a primary user of one login method, and no primary user any more', async () => {
  const id = await passwordUser(core);
  expect(await write(primaryOf(id))).toBe('written');
  expect(await userOf(id)).toMatchObject({ isPrimaryUser: true });
  expect((await primaries.remove(await readAll(id))).get(id)).toBe('written');
  expect(await recordOf(id)).toBeUndefined();
  const missing = [id, 'never-created'].map((key) => ({ key, ticket: undefined }));
  expect(await primaries.deletedOf(missing)).toEqual(new Set([id]));
  expect(await userOf(id)).toMatchObject({ id, isPrimaryUser: false });
});

test('login methods come and go', async () => {
  const [first, second, third] = [await passwordUser(core), await providerUser(core), await passwordUser(core)];
  await write(primaryOf(first, second));
  expect(await write(primaryOf(first, third))).toBe('written');
  expect(await recordOf(first)).toEqual(primaryOf(first, third));
  expect(await userOf(second)).toMatchObject({ id: second, isPrimaryUser: false });
  expect((await primaries.remove(await readAll(first))).get(first)).toBe('written');
  for (const id of [first, third]) expect(await userOf(id)).toMatchObject({ id, isPrimaryUser: false });
});

test('a primary user that the core has changed since it was read stays', async () => {
  const [first, second, third] = [await passwordUser(core), await providerUser(core), await providerUser(core)];
  await write(primaryOf(first, second));
  const read = await readAll(first);
  await link(core, third, first);
  const change = { record: primaryOf(first), changed: ['members'] as const, replaces: read[0] };
  expect((await primaries.write([change])).get(first)).toBe('overtaken');
  expect((await primaries.remove(read)).get(first)).toBe('overtaken');
  expect(await recordOf(first)).toEqual(primaryOf(first, second, third));
});

test('what another primary user has, and a login method that is missing, are refused', async () => {
  const email = someAddress();
  const [one, other] = [await passwordUser(core, email), await providerUser(core, email)];
  await write(primaryOf(one));
  const reasonOf = async (record: MovedPrimaryUser) => ((await write(record)) as { readonly reason: string }).reason;
  expect(await reasonOf(primaryOf(other))).toBe(`the email ${email} of ${other} is that of the primary user ${one}`);
  const third = await passwordUser(core);
  expect(await reasonOf(primaryOf(third, one))).toBe(`its login method ${one} belongs to the primary user ${one}`);
  expect(await reasonOf(primaryOf(third, 'missing'))).toBe('its login method missing is not there');
});

test('the id of a removed first login method stays that of the others', async () => {
  const [first, second] = [await passwordUser(core), await providerUser(core)];
  await write(primaryOf(first, second));
  await remove(core, first, false);
  const record = { key: first as UserId, parts: { members: [second as UserId] } };
  expect(await recordOf(first)).toEqual(record);
  const third = await providerUser(core);
  expect(await write({ ...record, parts: { members: [second, third].sort() as UserId[] } })).toBe('written');
  expect(await userOf(third)).toMatchObject({ id: first, isPrimaryUser: true });
});

test('pages have every primary user once, and continue from any of them', async () => {
  const keys: string[] = [];
  for (let n = 0; n < 20; n++) keys.push(await passwordUser(core));
  for (const id of keys) await write(primaryOf(id));
  const all: string[] = [];
  const positions: string[] = [];
  for await (const { records, position } of primaries.pages()) {
    all.push(...records.map(({ key }) => key));
    positions.push(position);
  }
  expect(new Set(all).size).toBe(all.length);
  expect(all).toEqual(expect.arrayContaining(keys));
  for await (const { records } of primaries.pages(positions.at(-1))) expect(records).toEqual([]);
});

test('what does not fit into an item is refused', () => {
  const members = Array.from({ length: 11_000 }, (_, n) => `id-${n}`.padEnd(36, '0') as UserId);
  expect(primaries.refusalOf({ key: 'id' as UserId, parts: { members } })).toContain('11000 login methods');
  expect(primaries.refusalOf(primaryOf('id', 'other'))).toBeUndefined();
});

test.each(Array.from({ length: 12 }, (_, writes) => writes))(
  'a process that dies after %i writes leaves what the same write completes',
  async (writes) => {
    const [first, second] = [await passwordUser(core), await providerUser(core)];
    const record = primaryOf(first, second);
    const mortal = createStagePrimaryUsers(stageTables(database, clock, { db: dyingDb(database.db, writes) }));
    await write(record, mortal).catch(() => undefined);
    for (const id of [first, second]) expect(await userOf(id)).toHaveProperty('loginMethods');
    expect(await write(record)).toBe('written');
    expect(await recordOf(first)).toEqual(record);
    expect(await userOf(second)).toMatchObject({ id: first });
  },
);

describe('users who are removed with their links', () => {
  const users = () => createStageUsers(stageTables(database, clock));

  async function linkedPair(): Promise<readonly [string, string]> {
    const [first, second] = [await passwordUser(core), await providerUser(core)];
    await write(primaryOf(first, second));
    return [first, second];
  }

  test.each([[[0, 1]], [[1, 0]]])('one after the other, in the order %j, leave nothing', async (order) => {
    const pair = await linkedPair();
    for (const n of order) {
      const stored = await users().read([pair[n] ?? '']);
      expect([...(await users().remove([...stored.values()])).values()]).toEqual(['written']);
    }
    expect(await users().read(pair)).toEqual(new Map());
    expect(await recordOf(pair[0])).toBeUndefined();
  });

  test('at once leave nothing', async () => {
    const pair = await linkedPair();
    const stored = [...(await users().read(pair)).values()];
    const outcomes = await users().remove(stored);
    // A request of ours that comes across the other one is decided upon again.
    const overtaken = pair.filter((id) => outcomes.get(id) === 'overtaken');
    await users().remove([...(await users().read(overtaken)).values()]);
    expect(await users().read(pair)).toEqual(new Map());
    expect(await recordOf(pair[0])).toBeUndefined();
  });

  test('leave the id of the first one if the other stays', async () => {
    const [first, second] = await linkedPair();
    await users().remove([...(await users().read([first])).values()]);
    expect((await users().read([first])).get(first)).toMatchObject({
      record: { parts: { login: { isRetired: true } } },
    });
    expect(await recordOf(first)).toEqual({ key: first, parts: { members: [second] } });
  });
});
