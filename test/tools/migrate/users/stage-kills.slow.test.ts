import type { UserId } from '../../../../lib/core/types.ts';
import type { StageTables } from '../../../../lib/tools/migrate/records/stage-tables.ts';
import { createStageUsers } from '../../../../lib/tools/migrate/users/stage-users.ts';
import type { MovedUser, UserParts } from '../../../../lib/tools/migrate/users/user.ts';
import { JOINED, someEmail, someUserId } from '../../../fixtures/users.ts';
import { dyingStage } from '../records/stage.ts';
import { PASSWORD, passwordLogin, role, someToken } from './some-users.ts';
import { fullUser, HOUR, StageSide } from './stage-side.ts';

let side: StageSide;

beforeAll(async () => {
  side = await StageSide.start();
});

afterAll(() => side.database.stop());

/** More writes than anything here has. The last one must have nothing left to do, see below. */
const MOST_WRITES = 34;
const WRITES = Array.from({ length: MOST_WRITES }, (_, writes) => writes);
const KINDS = ['without', 'with'] as const;
const idOf = (kind: (typeof KINDS)[number]) => (kind === 'with' ? someUserId() : undefined);

const dying = (writes: number): StageTables => dyingStage(side.database, side.clock, writes);

/** @returns whether the process has died */
const dies = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    (error: Error) => {
      if (error.message !== 'The process has died') throw error;
      return true;
    },
  );

const signIn = async (email: string) =>
  (await side.core.ask('/recipe/signin', { email, password: PASSWORD })).json.status;

async function keysOfPages(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { records } of side.users.pages()) keys.push(...records.map(({ key }) => key));
  return keys;
}

const timesOut = async (email: string) => {
  side.clock.advance(60_001);
  return (await side.core.ask('/recipe/signup', { email, password: PASSWORD })).json.status;
};

describe.each(KINDS)('an import of a user %s an external id', (kind) => {
  test.each(WRITES)(
    'that dies after %i writes leaves nothing or all of the user, and the next one completes it',
    async (writes) => {
      const { user, email } = await fullUser(idOf(kind));
      const hasDied = await dies(side.create([user], createStageUsers(dying(writes))));
      const found = await side.users.read([user.key, user.parts.mapping?.externalId ?? user.key]);
      expect([...found.values()].map(({ record }) => record)).toEqual(hasDied ? [] : [user]);
      expect(await signIn(email)).toBe(hasDied ? 'WRONG_CREDENTIALS_ERROR' : 'OK');
      const ids = [user.key, user.parts.mapping?.externalId].filter((id) => id !== undefined);
      expect((await keysOfPages()).filter((key) => ids.includes(key as UserId))).toEqual(hasDied ? [] : [user.key]);
      expect(await side.users.deletedOf([{ key: user.key, ticket: undefined }])).toEqual(new Set());
      // The list leaves out users that are not there, and tidies up what is old.
      expect(JSON.stringify((await side.core.ask('/users?limit=500')).json)).not.toContain(hasDied ? email : 'nothing');
      if (!hasDied) return;
      const changed: MovedUser = {
        ...user,
        parts: { ...user.parts, metadata: '{"later":1}', roles: [role('writer')] },
      };
      expect((await side.create([changed])).get(user.key)).toBe('written');
      expect(await side.recordOf(user.key)).toEqual(changed);
      expect(await signIn(email)).toBe('OK');
      expect(JSON.stringify((await side.core.ask('/users?limit=500')).json)).toContain(email);
    },
  );

  test.each([1, 3, 5, 8, 12])('that dies after %i writes leaves the e-mail free within a minute', async (writes) => {
    const { user, email } = await fullUser(idOf(kind));
    await dies(side.create([user], createStageUsers(dying(writes))));
    expect(await timesOut(email)).toBe('OK');
    const refused = (await side.create([user])).get(user.key);
    expect(refused).toMatchObject({ key: user.key, reason: expect.stringContaining(`its e-mail ${email} is that of`) });
    expect(await side.users.deletedOf([{ key: user.key, ticket: undefined }])).toEqual(new Set());
  });

  test.each([3, 6, 9, 12, 15])(
    'that dies after %i writes is completed though the list was tidied meanwhile',
    async (writes) => {
      const { user, email } = await fullUser(idOf(kind));
      await dies(side.create([user], createStageUsers(dying(writes))));
      side.clock.advance(60_001);
      const list = async () => JSON.stringify((await side.core.ask('/users?limit=500')).json);
      expect(await list()).not.toContain(email);
      expect((await side.create([user])).get(user.key)).toBe('written');
      expect(await list()).toContain(email);
      expect(await signIn(email)).toBe('OK');
    },
  );

  test('has fewer writes than these tests try', async () => {
    const { user } = await fullUser(idOf(kind));
    expect(await dies(side.create([user], createStageUsers(dying(MOST_WRITES - 1))))).toBe(false);
  });
});

describe.each(KINDS)('a change of a user %s an external id', (kind) => {
  /** What differs from the user that was created. */
  async function changesOf(before: MovedUser): Promise<UserParts> {
    const login = { ...(await passwordLogin()), timeJoined: JOINED };
    return {
      login,
      mapping: before.parts.mapping === null ? { externalId: someUserId(), info: null } : null,
      metadata: '{"new":true}',
      roles: [role('writer')],
      verifiedEmails: [someEmail()],
      resetTokens: [someToken('x@example.com', JOINED + HOUR).moved],
      verificationTokens: [someToken('y@example.com', JOINED + HOUR).moved],
      lastActive: JOINED + 500,
    };
  }

  test.each(WRITES)('that dies after %i writes leaves each part as it was or as it is to be', async (writes) => {
    const { user } = await fullUser(idOf(kind));
    await side.create([user]);
    const next = await changesOf(user);
    await dies(side.change(user.key, next, { users: createStageUsers(dying(writes)) }));
    const { parts } = await side.recordOf(user.key);
    for (const part of ['login', 'mapping', 'metadata'] as const) {
      expect([user.parts[part], next[part]]).toContainEqual(parts[part]);
    }
    // Of a list, elements may have come or gone.
    const known = new Set([...user.parts.roles, ...next.roles]);
    expect(parts.roles.filter((each) => !known.has(each))).toEqual([]);
    expect(await side.change(user.key, next)).toBe('written');
    expect(await side.recordOf(user.key)).toEqual({ key: user.key, parts: next });
  });
});

test.each(WRITES)('a removal that dies after %i writes is completed by the next one', async (writes) => {
  const { user, email } = await fullUser(someUserId());
  await side.create([user]);
  const stored = await side.readOne(user.key);
  await dies(createStageUsers(dying(writes)).remove([stored]));
  const left = (await side.users.read([user.key])).get(user.key);
  if (left !== undefined) expect((await side.users.remove([left])).get(user.key)).toBe('written');
  expect(await side.users.read([user.key])).toEqual(new Map());
  expect(await signIn(email)).toBe('WRONG_CREDENTIALS_ERROR');
  expect(await side.users.deletedOf([{ key: user.key, ticket: undefined }])).toEqual(new Set([user.key]));
});
