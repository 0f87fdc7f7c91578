import { type OfficialDatabase, openOfficialDatabase } from '../../../../lib/tools/migrate/official-database.ts';
import type { MovedRole } from '../../../../lib/tools/migrate/roles/role.ts';
import { createOfficialCore, type OfficialCore } from '../../../fixtures/official-core.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating } from '../installation.ts';
import { emptyUsers, readAll, writeAll } from '../official-records.ts';

const roleOf = (key: string, ...permissions: string[]): MovedRole =>
  ({ key, parts: { permissions } }) as unknown as MovedRole;

describeMigrating("an official core's roles", (servers) => {
  let database: PostgresDatabase;
  let core: OfficialCore;
  let official: OfficialDatabase;
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
  });
  beforeEach(async () => {
    await emptyUsers(database);
    core = createOfficialCore(database.client);
    official = await openOfficialDatabase(database.address);
  });
  afterEach(() => official.close());

  test('are read page by page, with those of other apps listed', async () => {
    await core.addApp('other');
    await core.insert('roles', { app_id: 'other', role: 'foreign' });
    for (let n = 0; n < 450; n++) await core.createRole(`role-${n}`, n % 2 === 0 ? ['write', 'read'] : []);
    const { records, refused } = await readAll(official.roles);
    expect(records.size).toBe(450);
    expect(records.get('role-10')).toEqual(roleOf('role-10', 'read', 'write'));
    expect(records.get('role-11')).toEqual(roleOf('role-11'));
    expect(refused).toEqual([{ key: 'foreign', reason: 'of app other' }]);
    expect(await official.roles.count()).toBe(451);
    const pages = [];
    for await (const page of official.roles.pages()) pages.push(page);
    const rest = await readAll(official.roles, pages[0]?.position);
    expect(rest.records.size).toBe(450 - (pages[0]?.records.length ?? 0));
  });

  test('are created, changed and deleted. A deleted role is taken from its users', async () => {
    await core.createRole('kept', ['old', 'same']);
    await core.createRole('gone', ['read']);
    await core.giveRole('some user', 'gone');
    const outcomes = await writeAll(official.roles, [
      roleOf('kept', 'new', 'same'),
      roleOf('made'),
      roleOf('full', 'a', 'b'),
    ]);
    expect(new Set(outcomes.values())).toEqual(new Set(['written']));
    const gone = (await official.roles.read(['gone'])).get('gone');
    await official.roles.remove(gone === undefined ? [] : [gone]);
    const { records } = await readAll(official.roles);
    expect([...records.values()]).toEqual([roleOf('full', 'a', 'b'), roleOf('kept', 'new', 'same'), roleOf('made')]);
    expect((await database.client.query('SELECT FROM user_roles')).rowCount).toBe(0);
  });

  test('are overtaken if the core changes them meanwhile', async () => {
    await core.createRole('busy', ['read']);
    const replaces = (await official.roles.read(['busy'])).get('busy');
    const addPermission = () => core.insert('role_permissions', { role: 'busy', permission: 'write' });
    const change = { record: roleOf('busy', 'read', 'ours'), replaces, changed: ['permissions'] as const };
    await addPermission();
    expect([...(await official.roles.write([change])).values()]).toEqual(['overtaken']);
    expect((await readAll(official.roles)).records.get('busy')).toEqual(roleOf('busy', 'read', 'write'));
    expect([...(await official.roles.remove(replaces === undefined ? [] : [replaces])).values()]).toEqual([
      'overtaken',
    ]);
  });

  test('with a name or permission that is too long for its column are refused', () => {
    const long = 'r'.repeat(256);
    expect(official.roles.refusalOf(roleOf(long))).toContain('its name has 256 characters');
    expect(official.roles.refusalOf(roleOf('role', long))).toContain('its permission has 256 characters');
    expect(official.roles.refusalOf(roleOf('r'.repeat(255), 'p'.repeat(255)))).toBeUndefined();
  });
});
