import type { UserId } from '../../../../lib/core/types.ts';
import type { RecordDatabase, StoredRecord } from '../../../../lib/tools/migrate/records/record-database.ts';
import { isRefused } from '../../../../lib/tools/migrate/records/record-database.ts';
import type { StageUser } from '../../../../lib/tools/migrate/users/stage-user.ts';
import { createStageUsers } from '../../../../lib/tools/migrate/users/stage-users.ts';
import type { MovedUser, UserParts } from '../../../../lib/tools/migrate/users/user.ts';
import { ManualClock, startTestDatabase, type TestCore, type TestDatabase } from '../../../fixtures/core.ts';
import { makeUserCore } from '../../../fixtures/user-core.ts';
import { JOINED, someEmail, someUserId } from '../../../fixtures/users.ts';
import { stageTables } from '../records/stage.ts';
import { codeLogin, PASSWORD, passwordLogin, providerLogin, role, someMovedUser, someToken } from './some-users.ts';

const HOUR = 3_600_000;

let database: TestDatabase;
let core: TestCore;
let users: RecordDatabase<MovedUser, StageUser>;
let clock: ManualClock;

beforeAll(async () => {
  database = await startTestDatabase();
  clock = new ManualClock(JOINED + 1000);
  core = makeUserCore(database, { clock });
  users = createStageUsers(stageTables(database, clock));
  for (const name of ['reader', 'writer'])
    await core.ask('/recipe/role', { role: name, permissions: [name] }, { method: 'PUT' });
});

afterAll(() => database.stop());

const partsOf = ({ parts }: MovedUser) => Object.keys(parts) as (keyof UserParts)[];

async function create(...records: MovedUser[]) {
  return users.write(records.map((record) => ({ record, changed: partsOf(record), replaces: undefined })));
}

async function readOne(key: string): Promise<StoredRecord<MovedUser, StageUser>> {
  const stored = (await users.read([key])).get(key);
  if (stored === undefined) throw new Error(`There is no user ${key}`);
  return stored;
}

async function recordOf(key: string): Promise<MovedUser> {
  const { record } = await readOne(key);
  if (isRefused(record)) throw new Error(record.reason);
  return record;
}

/** Changes parts of a user who is there. */
async function change(key: UserId, parts: Partial<UserParts>, replaces?: StoredRecord<MovedUser, StageUser>) {
  const before = replaces ?? (await readOne(key));
  const record = { key, parts: { ...(before.record as MovedUser).parts, ...parts } };
  const changed = Object.keys(parts) as (keyof UserParts)[];
  return (await users.write([{ record, changed, replaces: before }])).get(key);
}

/** Everything that can be moved of a user. */
async function fullUser(externalId?: UserId) {
  const login = await passwordLogin();
  const email = login.email ?? '';
  const [reset, verify] = [someToken(email, JOINED + HOUR), someToken(`new-${email}`, JOINED + 24 * HOUR)];
  const user = someMovedUser({
    login,
    mapping: externalId === undefined ? null : { externalId, info: 'noted' },
    verifiedEmails: [email, someEmail()].sort(),
    metadata: '{"a":{"b":[1,2.5]},"z":"ü"}',
    roles: [role('reader'), role('writer')],
    resetTokens: [reset.moved],
    verificationTokens: [verify.moved],
    lastActive: JOINED + 5,
  });
  return { user, email, reset: reset.token, verify: verify.token };
}

describe.each(['without', 'with'])('a user %s an external id', (kind) => {
  const externalId = () => (kind === 'with' ? (`ext-${someUserId()}` as UserId) : undefined);

  test('is read as it was written', async () => {
    const { user } = await fullUser(externalId());
    expect([...(await create(user)).values()]).toEqual(['written']);
    expect(await recordOf(user.key)).toEqual(user);
  });

  test('answers as a user that the core has created', async () => {
    const { user, email, reset, verify } = await fullUser(externalId());
    await create(user);
    const id = user.parts.mapping?.externalId ?? user.key;
    const signedIn = await core.ask('/recipe/signin', { email, password: PASSWORD });
    expect(signedIn.json).toMatchObject({
      status: 'OK',
      user: { id, emails: [email], timeJoined: JOINED, loginMethods: [{ verified: true, recipeUserId: id }] },
    });
    const ask = async (path: string) => (await core.ask(path)).json;
    expect(await ask(`/user/id?userId=${id}`)).toMatchObject({ status: 'OK', user: { id } });
    expect(await ask(`/recipe/user/roles?userId=${id}`)).toEqual({ status: 'OK', roles: ['reader', 'writer'] });
    expect((await ask('/recipe/role/users?role=reader')).users).toContain(id);
    expect((await core.ask(`/recipe/user/metadata?userId=${id}`)).text).toContain('"a":{"b":[1,2.5]},"z":"ü"');
    expect(JSON.stringify(await ask('/users?limit=500'))).toContain(id);
    expect(JSON.stringify(await ask(`/users?email=${email.slice(0, 12)}`))).toContain(id);
    expect(JSON.stringify(await ask(`/users/by-accountinfo?email=${email}&doUnionOfAccountInfo=false`))).toContain(id);
    expect(await ask(`/recipe/userid/map?userId=${user.key}&userIdType=SUPERTOKENS`)).toMatchObject(
      kind === 'with'
        ? { status: 'OK', externalUserId: id, externalUserIdInfo: 'noted' }
        : { status: 'UNKNOWN_MAPPING_ERROR' },
    );
    const verified = await core.ask('/recipe/user/email/verify', { method: 'token', token: verify });
    expect(verified.json).toEqual({ status: 'OK', userId: id, email: `new-${email}` });
    const used = await core.ask('/recipe/user/password/reset/token/consume', { method: 'token', token: reset });
    expect(used.json).toMatchObject({ status: 'OK', userId: id, email });
    const again = await core.ask('/recipe/user/password/reset/token/consume', { method: 'token', token: reset });
    expect(again.json.status).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
    expect((await core.ask('/user/remove', { userId: id })).json.status).toBe('OK');
    expect((await core.ask('/recipe/signin', { email, password: PASSWORD })).json.status).toBe(
      'WRONG_CREDENTIALS_ERROR',
    );
    expect(await users.read([user.key])).toEqual(new Map());
    expect([...(await users.deletedOf([{ key: user.key, ticket: undefined }]))]).toEqual([user.key]);
  });
});

test('users of every recipe are read as they were written', async () => {
  const records = [
    someMovedUser({ login: providerLogin() }),
    someMovedUser({ login: codeLogin() }),
    someMovedUser({ login: codeLogin({ email: null }) }),
    someMovedUser({ login: { ...codeLogin(), email: null, phoneNumber: null, timeJoined: 0, isRetired: true } }),
    someMovedUser({ metadata: '{"a":1}', roles: [role('reader')], verifiedEmails: ['a@example.com'] }),
  ];
  const outcomes = await create(...records);
  expect(new Set(outcomes.values())).toEqual(new Set(['written']));
  for (const record of records) expect(await recordOf(record.key)).toEqual(record);
});

describe('of a user who is there', () => {
  const NEW_TOKEN = someToken('a@example.com', JOINED + HOUR).moved;
  const CHANGES: readonly (readonly [string, Partial<UserParts>])[] = [
    ['metadata', { metadata: '{"other":true}' }],
    ['no metadata', { metadata: null }],
    ['other roles', { roles: [role('writer')] }],
    ['no roles', { roles: [] }],
    ['other verified e-mails', { verifiedEmails: ['b@example.com', 'c@example.com'] }],
    ['many verified e-mails', { verifiedEmails: Array.from({ length: 60 }, (_, n) => `${n + 100}@example.com`) }],
    ['another reset token', { resetTokens: [NEW_TOKEN] }],
    ['no reset token', { resetTokens: [] }],
    ['another verification token', { verificationTokens: [NEW_TOKEN] }],
    ['no verification token', { verificationTokens: [] }],
    ['a later activity', { lastActive: JOINED + 900 }],
  ];

  test.each(CHANGES)('%s are read as they were written', async (_name, parts) => {
    for (const externalId of [undefined, someUserId()]) {
      const { user } = await fullUser(externalId);
      await create(user);
      expect(await change(user.key, parts)).toBe('written');
      expect(await recordOf(user.key)).toEqual({ ...user, parts: { ...user.parts, ...parts } });
      expect(await change(user.key, user.parts)).toBe('written');
      const activity = { lastActive: parts.lastActive ?? user.parts.lastActive };
      expect(await recordOf(user.key)).toEqual({ ...user, parts: { ...user.parts, ...activity } });
    }
  });

  test('another password and e-mail are those by which the user signs in', async () => {
    const { user, email } = await fullUser();
    await create(user);
    const login = await passwordLogin();
    expect(await change(user.key, { login })).toBe('written');
    expect(await recordOf(user.key)).toEqual({ ...user, parts: { ...user.parts, login } });
    expect((await core.ask('/recipe/signin', { email, password: PASSWORD })).json.status).not.toBe('OK');
    expect((await core.ask('/recipe/signin', { email: login.email, password: PASSWORD })).json.status).toBe('OK');
    const { passwordHash } = await passwordLogin();
    expect(await change(user.key, { login: { ...login, passwordHash } })).toBe('written');
    expect((await recordOf(user.key)).parts.login?.passwordHash).toBe(passwordHash);
  });

  test('what is kept under the id follows a new external id, another one, and none', async () => {
    const { user } = await fullUser();
    await create(user);
    const ids = [someUserId(), someUserId(), undefined];
    for (const externalId of ids) {
      const mapping = externalId === undefined ? null : { externalId, info: null };
      expect(await change(user.key, { mapping })).toBe('written');
      expect(await recordOf(user.key)).toEqual({ ...user, parts: { ...user.parts, mapping } });
    }
    for (const id of ids) if (id !== undefined) expect(await users.read([id])).toEqual(new Map());
  });

  test('a removed login method leaves its id', async () => {
    const { user, email } = await fullUser();
    await create(user);
    const login = {
      ...codeLogin(),
      recipe: 'emailpassword',
      email: null,
      phoneNumber: null,
      timeJoined: 0,
      isRetired: true,
    } as const;
    expect(await change(user.key, { login })).toBe('written');
    expect((await recordOf(user.key)).parts.login).toEqual(login);
    expect((await core.ask('/recipe/signin', { email, password: PASSWORD })).json.status).not.toBe('OK');
  });
});
