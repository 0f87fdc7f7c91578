import { randomUUID } from 'node:crypto';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import type { RoleName, UserId } from '../../lib/core/types.ts';
import type { UserRolesStore } from '../../lib/core/userroles/store/userroles-store.ts';
import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { dyingDb, pausingDb } from '../fixtures/store-wrappers.ts';
import { someUserId } from '../fixtures/users.ts';
import type { Database, Endpoint } from './targets.ts';

const someRole = () => `role ${randomUUID()}` as RoleName;
const some = () => randomUUID();

/** What UserRolesStore promises in lib/core/userroles/store/userroles-store.ts. */
export function describeUserRolesStore(endpoint: Endpoint): void {
  let database: Database;
  let roles: UserRolesStore;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    roles = database.userStores.roles;
  });

  const storeOn = (db: DynamoDb): UserRolesStore => createDynamoDbUserStores(db, database.tables.coreUsers).roles;

  const createdRole = async (permissions: readonly string[] = []): Promise<RoleName> => {
    const role = someRole();
    await roles.create(role, permissions, some());
    return role;
  };

  /** Checks that the role's users and the user's roles agree. */
  const expectHeld = async (userId: UserId, role: RoleName, isHeld: boolean): Promise<void> => {
    expect((await roles.rolesOf(userId)).includes(role)).toBe(isHeld);
    expect(((await roles.usersOf(role)) ?? []).includes(userId)).toBe(isHeld);
    expect(await roles.isUsedBy(userId)).toBe((await roles.rolesOf(userId)).length > 0);
  };

  test('a role is created once, and gains permissions without losing any', async () => {
    const role = someRole();
    expect(await roles.permissionsOf(role)).toBeUndefined();
    expect(await roles.create(role, ['read'], some())).toBe(true);
    expect(await roles.create(role, ['write', 'read'], some())).toBe(false);
    expect(await roles.create(role, [], some())).toBe(false);
    expect(await roles.permissionsOf(role)).toEqual(['read', 'write']);
    expect(await roles.list()).toContain(role);
  });

  test('a creation that was done is done, also when its acknowledgement was lost', async () => {
    const [role, incarnation] = [someRole(), some()];
    expect(await roles.create(role, [], incarnation)).toBe(true);
    expect(await roles.create(role, [], incarnation)).toBe(true);
  });

  test('of 20 creations at once one creates, and no permission is lost', async () => {
    const role = someRole();
    const permissions = Array.from({ length: 20 }, (_, n) => `permission ${n}`);
    const created = await Promise.all(permissions.map((permission) => roles.create(role, [permission], some())));
    expect(created.filter(Boolean)).toHaveLength(1);
    expect((await roles.permissionsOf(role))?.toSorted()).toEqual(permissions.toSorted());
  });

  test('permissions are removed by name, or all', async () => {
    const role = await createdRole(['a', 'b', 'c']);
    expect(await roles.removePermissions(role, ['b', 'x'])).toBe(true);
    expect(await roles.permissionsOf(role)).toEqual(['a', 'c']);
    expect(await roles.removePermissions(role, [])).toBe(true);
    expect(await roles.permissionsOf(role)).toEqual(['a', 'c']);
    expect(await roles.removePermissions(role, undefined)).toBe(true);
    expect(await roles.permissionsOf(role)).toEqual([]);
    expect(await roles.removePermissions(someRole(), undefined)).toBe(false);
  });

  test('roles are found by a permission', async () => {
    const permission = some();
    const [one, other] = [await createdRole([permission, 'x']), await createdRole([permission])];
    await createdRole(['x']);
    expect((await roles.rolesWith(permission)).toSorted()).toEqual([one, other].toSorted());
    await roles.removePermissions(one, [permission]);
    expect(await roles.rolesWith(permission)).toEqual([other]);
  });

  test('a role is given once, and taken once', async () => {
    const [userId, role] = [someUserId(), await createdRole()];
    expect(await roles.give(userId, role, some())).toBe('given');
    expect(await roles.give(userId, role, some())).toBe('had');
    await expectHeld(userId, role, true);
    expect(await roles.take(userId, role)).toBe('taken');
    expect(await roles.take(userId, role)).toBe('not-held');
    await expectHeld(userId, role, false);
  });

  test('a gift that was done is done, also when its acknowledgement was lost', async () => {
    const [userId, role, grant] = [someUserId(), await createdRole(), some()];
    expect(await roles.give(userId, role, grant)).toBe('given');
    expect(await roles.give(userId, role, grant)).toBe('given');
  });

  test('an unknown role is neither given nor taken', async () => {
    const [userId, role] = [someUserId(), someRole()];
    expect(await roles.give(userId, role, some())).toBe('unknown-role');
    expect(await roles.take(userId, role)).toBe('unknown-role');
    expect(await roles.usersOf(role)).toBeUndefined();
    expect(await roles.rolesOf(userId)).toEqual([]);
  });

  test('a deleted role is taken from all, and does not come back with a new one of its name', async () => {
    const role = await createdRole(['read']);
    const users = Array.from({ length: 40 }, () => someUserId());
    await Promise.all(users.map((userId) => roles.give(userId, role, some())));
    expect((await roles.usersOf(role))?.toSorted()).toEqual(users.toSorted());
    expect(await roles.delete(role, some())).toBe(true);
    expect(await roles.delete(role, some())).toBe(false);
    expect(await roles.list()).not.toContain(role);
    expect(await roles.create(role, [], some())).toBe(true);
    expect(await roles.permissionsOf(role)).toEqual([]);
    for (const userId of users) await expectHeld(userId, role, false);
  });

  test('all roles of a user can be removed', async () => {
    const [userId, other] = [someUserId(), someUserId()];
    const [one, two] = [await createdRole(), await createdRole()];
    for (const role of [one, two]) await roles.give(userId, role, some());
    await roles.give(other, one, some());
    await roles.removeUser(userId, async () => true);
    await roles.removeUser(userId, async () => true);
    for (const role of [one, two]) await expectHeld(userId, role, false);
    await expectHeld(other, one, true);
  });

  test('a removal leaves a role that was given after it was allowed', async () => {
    const [userId, role] = [someUserId(), await createdRole()];
    await roles.give(userId, role, some());
    let asked = 0;
    await roles.removeUser(userId, async () => {
      if (asked++ > 0) return false;
      await roles.take(userId, role);
      await roles.give(userId, role, some());
      return true;
    });
    await expectHeld(userId, role, true);
    await roles.removeUser(userId, async () => false);
    await expectHeld(userId, role, true);
  });

  describe('Several at once', () => {
    test('of 20 gifts one counts', async () => {
      const [userId, role] = [someUserId(), await createdRole()];
      const results = await Promise.all(Array.from({ length: 20 }, () => roles.give(userId, role, some())));
      expect(results.filter((result) => result === 'given')).toHaveLength(1);
      await expectHeld(userId, role, true);
    });

    test('gifts and takings leave the user with the role or without it, in both directions', async () => {
      for (let round = 0; round < 10; round++) {
        const [userId, role] = [someUserId(), await createdRole()];
        await Promise.all(
          Array.from({ length: 10 }, (_, n) =>
            n % 2 === 0 ? roles.give(userId, role, some()) : roles.take(userId, role),
          ),
        );
        await expectHeld(userId, role, (await roles.rolesOf(userId)).includes(role));
        await roles.take(userId, role);
        await expectHeld(userId, role, false);
      }
    });

    test('a deletion during additions leaves no user with the role', async () => {
      for (let round = 0; round < 10; round++) {
        const role = await createdRole();
        const users = Array.from({ length: 8 }, () => someUserId());
        await Promise.all([...users.map((userId) => roles.give(userId, role, some())), roles.delete(role, some())]);
        await roles.create(role, [], some());
        for (const userId of users) await expectHeld(userId, role, false);
      }
    });

    test('of deletions at once one deletes', async () => {
      const role = await createdRole();
      const results = await Promise.all(Array.from({ length: 10 }, () => roles.delete(role, some())));
      expect(results.filter(Boolean)).toHaveLength(1);
    });
  });

  describe.each(Array.from({ length: 7 }, (_, writes) => writes))('after a crash behind %i writes', (writes) => {
    const dying = () => storeOn(dyingDb(database.db, writes));
    const crash = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

    test('of a gift, the user has the role or not, and it can be given', async () => {
      const [userId, role] = [someUserId(), await createdRole()];
      await crash(dying().give(userId, role, some()));
      await expectHeld(userId, role, (await roles.rolesOf(userId)).includes(role));
      await roles.give(userId, role, some());
      await expectHeld(userId, role, true);
      await roles.delete(role, some());
      await roles.create(role, [], some());
      await expectHeld(userId, role, false);
    });

    test('of a taking, the user has the role or not, and it can be taken', async () => {
      const [userId, role] = [someUserId(), await createdRole()];
      await roles.give(userId, role, some());
      await crash(dying().take(userId, role));
      await expectHeld(userId, role, (await roles.rolesOf(userId)).includes(role));
      await roles.take(userId, role);
      await expectHeld(userId, role, false);
    });

    test('of a deletion, the role is there or unknown, and a new one has no users', async () => {
      const role = await createdRole(['read']);
      const users = [someUserId(), someUserId()];
      for (const userId of users) await roles.give(userId, role, some());
      await crash(dying().delete(role, some()));
      const isThere = (await roles.permissionsOf(role)) !== undefined;
      expect((await roles.list()).includes(role)).toBe(isThere);
      expect(await roles.create(role, [], some())).toBe(!isThere);
      for (const userId of users) await expectHeld(userId, role, isThere);
    });

    test('of a creation, the role can be created', async () => {
      const role = someRole();
      await crash(dying().create(role, ['read'], some()));
      expect((await roles.list()).includes(role)).toBe((await roles.permissionsOf(role)) !== undefined);
      await roles.create(role, ['read'], some());
      expect(await roles.permissionsOf(role)).toEqual(['read']);
      expect(await roles.list()).toContain(role);
    });
  });

  test('a gift that continues after its role was deleted and created again gives nothing', async () => {
    const [userId, role] = [someUserId(), await createdRole()];
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'put' && pk === `user#${userId}`);
    const gift = storeOn(paused.db).give(userId, role, some());
    await paused.reached;
    await roles.delete(role, some());
    await roles.create(role, [], some());
    paused.resume();
    expect(await gift).toBe('unknown-role');
    await expectHeld(userId, role, false);
  });

  test('a gift that is confirmed after its role was deleted gives nothing', async () => {
    const [userId, role] = [someUserId(), await createdRole()];
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'update' && pk === `user#${userId}`);
    const gift = storeOn(paused.db).give(userId, role, some());
    await paused.reached;
    await roles.delete(role, some());
    paused.resume();
    expect(await gift).toBe('unknown-role');
    expect(await roles.rolesOf(userId)).toEqual([]);
  });

  test('a deletion that continues after the role was created again leaves the new role alone', async () => {
    const [userId, role] = [someUserId(), await createdRole()];
    await roles.give(userId, role, some());
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'deleteIf' && pk === `user#${userId}`);
    const deletion = storeOn(paused.db).delete(role, some());
    await paused.reached;
    expect(await roles.create(role, ['new'], some())).toBe(true);
    expect(await roles.give(userId, role, some())).toBe('given');
    paused.resume();
    expect(await deletion).toBe(true);
    await expectHeld(userId, role, true);
    expect(await roles.list()).toContain(role);
    expect(await roles.permissionsOf(role)).toEqual(['new']);
  });
}
