import { randomUUID } from 'node:crypto';
import type { RoleName, UserId } from '../../../../lib/core/types.ts';
import { listedRoleKey, type RoleRow } from '../../../../lib/core/userroles/store/dynamodb/items.ts';
import type { RecordDatabase, StoredRecord } from '../../../../lib/tools/migrate/records/record-database.ts';
import type { MovedRole } from '../../../../lib/tools/migrate/roles/role.ts';
import { createStageRoles } from '../../../../lib/tools/migrate/roles/stage-roles.ts';
import { ManualClock, startTestDatabase, type TestDatabase } from '../../../fixtures/core.ts';
import { dyingDb } from '../../../fixtures/store-wrappers.ts';
import { stageTables } from '../records/stage.ts';

let database: TestDatabase;
let roles: RecordDatabase<MovedRole, RoleRow>;

beforeAll(async () => {
  database = await startTestDatabase();
  roles = createStageRoles(stageTables(database, new ManualClock()));
});

afterAll(() => database.stop());

const someRole = (permissions: readonly string[] = ['read', 'write']): MovedRole => ({
  key: `role ${randomUUID()}` as RoleName,
  parts: { permissions },
});

const creationOf = (record: MovedRole) => ({ record, changed: ['permissions'] as const, replaces: undefined });

async function readOne(key: RoleName): Promise<StoredRecord<MovedRole, RoleRow>> {
  const stored = (await roles.read([key])).get(key);
  if (stored === undefined) throw new Error(`There is no role ${key}`);
  return stored;
}

const store = () => database.userStores.roles;

test('a role is read, by us and by the core, as it was written', async () => {
  const role = someRole();
  expect(await roles.write([creationOf(role)])).toEqual(new Map([[role.key, 'written']]));
  expect((await readOne(role.key)).record).toEqual(role);
  expect(await store().permissionsOf(role.key)).toEqual(['read', 'write']);
  expect(await store().list()).toContain(role.key);
  expect((await roles.write([creationOf(role)])).get(role.key)).toBe('overtaken');
});

test('permissions are replaced, unless the core has changed them since they were read', async () => {
  const role = someRole();
  await roles.write([creationOf(role)]);
  const replaces = await readOne(role.key);
  const record = { ...role, parts: { permissions: ['write'] } };
  const change = { record, changed: ['permissions'] as const, replaces };
  expect((await roles.write([change])).get(role.key)).toBe('written');
  expect(await store().permissionsOf(role.key)).toEqual(['write']);
  await store().create(role.key, ['more'], 'another');
  expect((await roles.write([change])).get(role.key)).toBe('overtaken');
  expect(await store().permissionsOf(role.key)).toEqual(['write', 'more']);
});

test('a role is taken from its users with its deletion, unless it has changed since it was read', async () => {
  const role = someRole();
  await roles.write([creationOf(role)]);
  const early = await readOne(role.key);
  await store().create(role.key, ['more'], 'another');
  expect((await roles.remove([early])).get(role.key)).toBe('overtaken');
  const userId = randomUUID() as UserId;
  await store().give(userId, role.key, randomUUID());
  expect((await roles.remove([await readOne(role.key)])).get(role.key)).toBe('written');
  expect(await store().rolesOf(userId)).toEqual([]);
  expect(await roles.read([role.key])).toEqual(new Map());
});

test('a deletion that was killed is completed, and the role can be created again', async () => {
  for (const again of ['remove', 'write'] as const) {
    const role = someRole();
    await roles.write([creationOf(role)]);
    const userId = randomUUID() as UserId;
    await store().give(userId, role.key, randomUUID());
    const killed = createStageRoles(stageTables(database, new ManualClock(), { db: dyingDb(database.db, 1) }));
    await killed.remove([await readOne(role.key)]).catch(() => undefined);
    expect(await store().rolesOf(userId)).toEqual([role.key]);
    const replaces = await readOne(role.key);
    const outcomes =
      again === 'remove'
        ? await roles.remove([replaces])
        : await roles.write([{ record: role, changed: ['permissions'], replaces }]);
    expect(outcomes.get(role.key)).toBe('written');
    expect(await store().rolesOf(userId)).toEqual([]);
    expect((await roles.read([role.key])).has(role.key)).toBe(again === 'write');
  }
});

test('a role that was created and deleted since is known to be, and one that was never created is not', async () => {
  const [deleted, begun] = [someRole(), someRole()];
  const listed: boolean[] = [];
  await roles.write([creationOf(deleted)], async () => {
    const item = await database.db.get(database.tables.coreUsers, listedRoleKey(deleted.key));
    listed.push(item !== undefined);
  });
  expect(listed).toEqual([true]);
  await store().delete(deleted.key, randomUUID());
  // The process dies right after the announcement.
  await roles.write([creationOf(begun)], () => Promise.reject(new Error('Died'))).catch(() => undefined);
  const missing = [deleted, begun].map(({ key }) => ({ key, ticket: undefined }));
  expect(await roles.deletedOf(missing)).toEqual(new Set([deleted.key]));
});

test('pages have every role once, and continue from any of them', async () => {
  const created = Array.from({ length: 230 }, () => someRole());
  await roles.write(created.map(creationOf));
  const pages: string[][] = [];
  const positions: string[] = [];
  for await (const { records, position } of roles.pages()) {
    pages.push(records.map(({ key }) => key));
    positions.push(position);
  }
  expect(pages.length).toBeGreaterThan(2);
  expect(new Set(pages.flat()).size).toBe(pages.flat().length);
  expect(pages.flat()).toEqual(expect.arrayContaining(created.map(({ key }) => key)));
  expect(await roles.count()).toBe(pages.flat().length);
  const rest: string[] = [];
  for await (const { records } of roles.pages(positions[0])) rest.push(...records.map(({ key }) => key));
  expect(rest).toEqual(pages.slice(1).flat());
});

test('what does not fit is refused', () => {
  expect(roles.refusalOf(someRole())).toBeUndefined();
  expect(roles.refusalOf({ ...someRole(), key: 'r'.repeat(901) as RoleName })).toContain('901 bytes');
  expect(roles.refusalOf(someRole(['p'.repeat(901)]))).toContain('901 bytes');
  const many = Array.from({ length: 500 }, (_, n) => `${n}`.padEnd(900, 'p'));
  expect(roles.refusalOf(someRole(many))).toContain('too many for one DynamoDB item');
});
