import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../lib/core/types.ts';
import type { TestAnswer, TestCore } from '../fixtures/core.ts';
import { idIn } from '../fixtures/user-core.ts';
import { someEmail } from '../fixtures/users.ts';
import type { Attempt } from './meet.ts';

/** Two processes of one installation, with a clock of their own. */
export interface UserWorld {
  /** A core that nothing is wrong with. */
  readonly healthy: TestCore;
  /** The core before which the fault will be. */
  readonly faulty: TestCore;
}

export interface UserOperation {
  readonly name: string;
  prepare(world: UserWorld): Promise<Attempt>;
}

const PASSWORD = 'correct horse 1';
const OTHER_PASSWORD = 'another horse 2';
const PUT = { method: 'PUT' } as const;
/** When a claim that was left behind is free again. */
const PATIENCE = 60_000;

interface Known {
  readonly id: string;
  readonly email: string;
}

async function newUser({ ask }: TestCore): Promise<Known> {
  const email = someEmail();
  return { id: idIn(await ask('/recipe/signup', { email, password: PASSWORD })), email };
}

const statusOf = async (answer: Promise<TestAnswer>) => (await answer).json.status;

const signIn = ({ ask }: TestCore, email: string, password = PASSWORD) =>
  statusOf(ask('/recipe/signin', { email, password }));

async function idsByEmail({ ask }: TestCore, email: string): Promise<string[]> {
  const { json } = await ask(`/users/by-accountinfo?email=${email}&doUnionOfAccountInfo=true`);
  return (json.users as unknown as { readonly id: string }[]).map(({ id }) => id);
}

const isVerified = async ({ ask }: TestCore, { id, email }: Known) =>
  (await ask(`/recipe/user/email/verify?userId=${id}&email=${email}`)).json.isVerified;

/** Everything leads to the user, or nothing does. @returns whether there is a user with the email */
async function expectConsistent(core: TestCore, email: string): Promise<boolean> {
  const ids = await idsByEmail(core, email);
  expect(ids.length).toBeLessThanOrEqual(1);
  expect(await signIn(core, email)).toBe(ids.length === 1 ? 'OK' : 'WRONG_CREDENTIALS_ERROR');
  for (const id of ids) expect((await core.ask(`/user/id?userId=${id}`)).json).toMatchObject({ user: { id } });
  return ids.length === 1;
}

/** What answers may say: a retry of an attempt that broke off may find that all was done. */
function allowed(whenRepeated: string) {
  let isRetry = false;
  return {
    noteFailure(): void {
      isRetry = true;
    },
    expect: ({ json }: TestAnswer) => expect(isRetry ? ['OK', whenRepeated] : ['OK']).toContain(json.status),
  };
}

const expectOk = async ({ json }: TestAnswer): Promise<void> => expect(json).toMatchObject({ status: 'OK' });

const signingUp: UserOperation = {
  name: 'signing up',
  async prepare({ healthy, faulty }) {
    const body = { email: someEmail(), password: PASSWORD };
    const statuses = allowed('EMAIL_ALREADY_EXISTS_ERROR');
    return {
      ask: () => faulty.ask('/recipe/signup', body),
      async expectWhole() {
        statuses.noteFailure();
        await expectConsistent(healthy, body.email);
      },
      async expectDone(answer) {
        statuses.expect(answer);
        const isThere = await expectConsistent(healthy, body.email);
        if (answer.json.status === 'OK') return expect(isThere).toBe(true);
        // An attempt that broke off was done, or has left a claim that is free after a minute.
        healthy.clock.advance(PATIENCE);
        const again = await statusOf(healthy.ask('/recipe/signup', body));
        expect(again).toBe(isThere ? 'EMAIL_ALREADY_EXISTS_ERROR' : 'OK');
        expect(await expectConsistent(healthy, body.email)).toBe(true);
      },
    };
  },
};

/** What only reads, or may be done again with the same result. */
const repeatable = (
  name: string,
  ask: (core: TestCore, user: Known) => Promise<TestAnswer>,
  expectDone: (core: TestCore, user: Known, answer: TestAnswer) => Promise<unknown>,
): UserOperation => ({
  name,
  async prepare({ healthy, faulty }) {
    const user = await newUser(healthy);
    return {
      ask: () => ask(faulty, user),
      expectWhole: async () => expect(await idsByEmail(healthy, user.email)).toEqual([user.id]),
      async expectDone(answer) {
        await expectOk(answer);
        await expectDone(healthy, user, answer);
      },
    };
  },
});

const expectUnchanged = (core: TestCore, { email }: Known) => expectConsistent(core, email);

const reads: readonly UserOperation[] = [
  repeatable(
    'signing in',
    ({ ask }, { email }) => ask('/recipe/signin', { email, password: PASSWORD }),
    expectUnchanged,
  ),
  repeatable('reading a user', ({ ask }, { id }) => ask(`/user/id?userId=${id}`), expectUnchanged),
  repeatable(
    'finding users by email',
    ({ ask }, { email }) => ask(`/users/by-accountinfo?email=${email}&doUnionOfAccountInfo=true`),
    async (_core, { id }, { json }) => expect(json.users).toMatchObject([{ id }]),
  ),
  repeatable(
    'listing users',
    ({ ask }, { email }) => ask(`/users?email=${email}`),
    async (_core, { id }, { json }) => expect(json.users).toMatchObject([{ id }]),
  ),
  repeatable(
    'reading a page of users',
    ({ ask }) => ask('/users?limit=2&timeJoinedOrder=DESC'),
    async (_core, _user, { json }) => expect(json.users).not.toEqual([]),
  ),
  repeatable(
    'reading roles',
    ({ ask }, { id }) => ask(`/recipe/user/roles?userId=${id}`),
    async (_core, _user, { json }) => expect(json.roles).toEqual([]),
  ),
];

const changes: readonly UserOperation[] = [
  repeatable(
    'changing a password',
    ({ ask }, { id }) => ask('/recipe/user', { recipeUserId: id, password: OTHER_PASSWORD }, PUT),
    async (core, { email }) => {
      expect(await signIn(core, email, OTHER_PASSWORD)).toBe('OK');
      expect(await signIn(core, email)).toBe('WRONG_CREDENTIALS_ERROR');
    },
  ),
  repeatable(
    'changing metadata',
    ({ ask }, { id }) => ask('/recipe/user/metadata', { userId: id, metadataUpdate: { a: 1 } }, PUT),
    async (core, { id }) => {
      expect((await core.ask(`/recipe/user/metadata?userId=${id}`)).json.metadata).toEqual({ a: 1 });
    },
  ),
  repeatable(
    'making a reset token',
    ({ ask }, { id, email }) => ask('/recipe/user/password/reset/token', { userId: id, email }),
    async (core, _user, { json }) => {
      expect(await statusOf(core.ask('/recipe/user/password/reset/token/consume', { token: json.token ?? '' }))).toBe(
        'OK',
      );
    },
  ),
  repeatable(
    'making a verification token',
    ({ ask }, { id, email }) => ask('/recipe/user/email/verify/token', { userId: id, email }),
    async (core, user, { json }) => {
      const body = { method: 'token', token: json.token ?? '' };
      expect(await statusOf(core.ask('/recipe/user/email/verify', body))).toBe('OK');
      expect(await isVerified(core, user)).toBe(true);
    },
  ),
];

const changingEmail: UserOperation = {
  name: 'changing an email',
  async prepare({ healthy, faulty }) {
    const { id, email: old } = await newUser(healthy);
    const email = someEmail();
    const emails = async () => [await idsByEmail(healthy, old), await idsByEmail(healthy, email)];
    return {
      ask: () => faulty.ask('/recipe/user', { recipeUserId: id, email }, PUT),
      async expectWhole() {
        expect([
          [[id], []],
          [[], [id]],
        ]).toContainEqual(await emails());
      },
      async expectDone(answer) {
        await expectOk(answer);
        expect(await emails()).toEqual([[], [id]]);
        expect(await signIn(healthy, email)).toBe('OK');
        // An attempt that broke off may have left the claim of the old email.
        healthy.clock.advance(PATIENCE);
        expect(await statusOf(healthy.ask('/recipe/signup', { email: old, password: PASSWORD }))).toBe('OK');
      },
    };
  },
};

const resetting: UserOperation = {
  name: 'setting a password by a token',
  async prepare({ healthy, faulty }) {
    const { id, email } = await newUser(healthy);
    const made = await healthy.ask('/recipe/user/password/reset/token', { userId: id, email });
    const body = { method: 'token', token: made.json.token ?? '', newPassword: OTHER_PASSWORD };
    const good = async () => [await signIn(healthy, email), await signIn(healthy, email, OTHER_PASSWORD)];
    const statuses = allowed('RESET_PASSWORD_INVALID_TOKEN_ERROR');
    return {
      ask: () => faulty.ask('/recipe/user/password/reset', body, { version: '3.1' }),
      async expectWhole() {
        statuses.noteFailure();
        expect((await good()).toSorted()).toEqual(['OK', 'WRONG_CREDENTIALS_ERROR']);
      },
      async expectDone(answer) {
        statuses.expect(answer);
        // A token that was used by an attempt that broke off has set the password in the same write.
        expect(await good()).toEqual(['WRONG_CREDENTIALS_ERROR', 'OK']);
        const again = healthy.ask(
          '/recipe/user/password/reset',
          { ...body, newPassword: PASSWORD },
          { version: '3.1' },
        );
        expect(await statusOf(again)).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
      },
    };
  },
};

const verifying: UserOperation = {
  name: 'verifying an email',
  async prepare({ healthy, faulty }) {
    const user = await newUser(healthy);
    const made = await healthy.ask('/recipe/user/email/verify/token', { userId: user.id, email: user.email });
    const body = { method: 'token', token: made.json.token ?? '' };
    const statuses = allowed('EMAIL_VERIFICATION_INVALID_TOKEN_ERROR');
    return {
      ask: () => faulty.ask('/recipe/user/email/verify', body),
      expectWhole: async () => statuses.noteFailure(),
      async expectDone(answer) {
        statuses.expect(answer);
        expect(await isVerified(healthy, user)).toBe(true);
        const again = await statusOf(healthy.ask('/recipe/user/email/verify', body));
        expect(again).toBe('EMAIL_VERIFICATION_INVALID_TOKEN_ERROR');
      },
    };
  },
};

/** About a role of its own, and a user. */
const aboutRole = (
  name: string,
  isHeld: { readonly before: boolean; readonly after: boolean },
  request: (user: Known, role: string) => readonly [path: string, body: JsonObject, options?: typeof PUT],
): UserOperation => ({
  name,
  async prepare({ healthy, faulty }) {
    const [user, role] = [await newUser(healthy), `role-${randomUUID()}`];
    await healthy.ask('/recipe/role', { role, permissions: ['read'] }, PUT);
    if (isHeld.before) await healthy.ask('/recipe/user/role', { userId: user.id, role }, PUT);
    const roles = async () => (await healthy.ask(`/recipe/user/roles?userId=${user.id}`)).json.roles;
    const holders = async () => (await healthy.ask(`/recipe/role/users?role=${role}`)).json.users ?? [];
    return {
      ask: () => faulty.ask(...request(user, role)),
      async expectWhole() {
        expect([[], [role]]).toContainEqual(await roles());
      },
      async expectDone(answer) {
        await expectOk(answer);
        expect(await roles()).toEqual(isHeld.after ? [role] : []);
        expect(await holders()).toEqual(isHeld.after ? [user.id] : []);
        await healthy.ask('/recipe/role', { role }, PUT);
        expect(await holders()).toEqual(isHeld.after ? [user.id] : []);
      },
    };
  },
});

const roles: readonly UserOperation[] = [
  aboutRole('giving a role', { before: false, after: true }, ({ id }, role) => [
    '/recipe/user/role',
    { userId: id, role },
    PUT,
  ]),
  aboutRole('taking a role', { before: true, after: false }, ({ id }, role) => [
    '/recipe/user/role/remove',
    { userId: id, role },
  ]),
  aboutRole('deleting a role', { before: true, after: false }, (_user, role) => ['/recipe/role/remove', { role }]),
  aboutRole('adding a permission', { before: true, after: true }, (_user, role) => [
    '/recipe/role',
    { role, permissions: ['write'] },
    PUT,
  ]),
];

const mapping: UserOperation = {
  name: 'mapping an external id',
  async prepare({ healthy, faulty }) {
    const [{ id, email }, externalId] = [await newUser(healthy), `ext-${randomUUID()}`];
    const statuses = allowed('USER_ID_MAPPING_ALREADY_EXISTS_ERROR');
    return {
      ask: () => faulty.ask('/recipe/userid/map', { superTokensUserId: id, externalUserId: externalId }),
      async expectWhole() {
        statuses.noteFailure();
        const [found] = await idsByEmail(healthy, email);
        expect([id, externalId]).toContain(found);
      },
      async expectDone(answer) {
        statuses.expect(answer);
        expect(await idsByEmail(healthy, email)).toEqual([externalId]);
        expect((await healthy.ask(`/user/id?userId=${externalId}`)).json).toMatchObject({ user: { id: externalId } });
      },
    };
  },
};

const removing: UserOperation = {
  name: 'deleting a user with everything',
  async prepare({ healthy, faulty }) {
    const user = await newUser(healthy);
    const [userId, role] = [user.id, `role-${randomUUID()}`];
    await healthy.ask('/recipe/role', { role }, PUT);
    await healthy.ask('/recipe/user/role', { userId, role }, PUT);
    await healthy.ask('/recipe/user/metadata', { userId, metadataUpdate: { a: 1 } }, PUT);
    await healthy.ask('/recipe/session', { userId, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false });
    return {
      ask: () => faulty.ask('/user/remove', { userId }),
      expectWhole: async () => void (await expectConsistent(healthy, user.email)),
      async expectDone(answer) {
        await expectOk(answer);
        expect(await expectConsistent(healthy, user.email)).toBe(false);
        expect((await healthy.ask(`/recipe/session/user?userId=${userId}`)).json.sessionHandles).toEqual([]);
        expect((await healthy.ask(`/recipe/user/metadata?userId=${userId}`)).json.metadata).toEqual({});
        expect((await healthy.ask(`/recipe/role/users?role=${role}`)).json.users).toEqual([]);
        const again = healthy.ask('/recipe/signup', { email: user.email, password: PASSWORD });
        expect(await statusOf(again)).toBe('OK');
      },
    };
  },
};

/** Every operation on users that needs DynamoDB. */
export const USER_OPERATIONS: readonly UserOperation[] = [
  signingUp,
  ...reads,
  ...changes,
  changingEmail,
  resetting,
  verifying,
  ...roles,
  mapping,
  removing,
];
