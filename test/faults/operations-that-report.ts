import { randomUUID } from 'node:crypto';
import { idIn } from '../fixtures/user-core.ts';
import { someEmail } from '../fixtures/users.ts';
import type { UserOperation, UserWorld } from './user-operations.ts';

const PUT = { method: 'PUT' } as const;

/** A role, and a user who has it. */
async function roleAndUser({ healthy }: UserWorld) {
  const [role, userId] = [`role-${randomUUID()}`, randomUUID()];
  await healthy.ask('/recipe/role', { role, permissions: ['read'] }, PUT);
  await healthy.ask('/recipe/user/role', { userId, role }, PUT);
  const holds = async () => {
    const { roles } = (await healthy.ask(`/recipe/user/roles?userId=${userId}`)).json;
    return (roles as string[]).includes(role);
  };
  return { role, userId, holds };
}

const takingARole: UserOperation = {
  name: 'taking a role, and telling whether the user had it',
  async prepare(world) {
    const { role, userId, holds } = await roleAndUser(world);
    let isHeld = true;
    return {
      ask: () => world.faulty.ask('/recipe/user/role/remove', { userId, role }),
      async expectWhole() {
        isHeld = await holds();
      },
      async expectDone({ json }) {
        expect(json).toEqual({ status: 'OK', didUserHaveRole: isHeld });
        expect(await holds()).toBe(false);
      },
    };
  },
};

const deletingARole: UserOperation = {
  name: 'deleting a role, and telling whether there was one',
  async prepare(world) {
    const { role, holds } = await roleAndUser(world);
    const isThere = async () => (await world.healthy.ask(`/recipe/role/permissions?role=${role}`)).json.status === 'OK';
    let wasThere = true;
    return {
      ask: () => world.faulty.ask('/recipe/role/remove', { role }),
      async expectWhole() {
        wasThere = await isThere();
      },
      async expectDone({ json }) {
        expect(json).toEqual({ status: 'OK', didRoleExist: wasThere });
        await world.healthy.ask('/recipe/role', { role }, PUT);
        expect(await holds()).toBe(false);
      },
    };
  },
};

const unmapping: UserOperation = {
  name: 'taking an external id away, and telling whether there was one',
  async prepare({ healthy, faulty }) {
    const id = idIn(await healthy.ask('/recipe/signup', { email: someEmail(), password: 'correct horse 1' }));
    await healthy.ask('/recipe/userid/map', { superTokensUserId: id, externalUserId: `ext-${id}` });
    const isMapped = async () => (await healthy.ask(`/recipe/userid/map?userId=${id}`)).json.status === 'OK';
    let wasMapped = true;
    return {
      ask: () => faulty.ask('/recipe/userid/map/remove', { userId: id }),
      async expectWhole() {
        wasMapped = await isMapped();
      },
      async expectDone({ json }) {
        expect(json).toEqual({ status: 'OK', didMappingExist: wasMapped });
        expect(await isMapped()).toBe(false);
      },
    };
  },
};

/** Operations whose answers say what there was. The loss of an acknowledgement must not change what they say. */
export const OPERATIONS_THAT_REPORT: readonly UserOperation[] = [takingARole, deletingARole, unmapping];
