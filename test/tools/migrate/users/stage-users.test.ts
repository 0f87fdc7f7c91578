import type { UserId } from '../../../../lib/core/types.ts';
import type { UserParts } from '../../../../lib/tools/migrate/users/user.ts';
import { JOINED, someUserId } from '../../../fixtures/users.ts';
import { codeLogin, PASSWORD, passwordLogin, providerLogin, role, someMovedUser, someToken } from './some-users.ts';
import { fullUser, HOUR, StageSide } from './stage-side.ts';

let side: StageSide;

beforeAll(async () => {
  side = await StageSide.start();
});

afterAll(() => side.database.stop());

describe.each(['without', 'with'])('a user %s an external id', (kind) => {
  const externalId = () => (kind === 'with' ? (`ext-${someUserId()}` as UserId) : undefined);

  test('is read as it was written', async () => {
    const { user } = await fullUser(externalId());
    expect([...(await side.create([user])).values()]).toEqual(['written']);
    expect(await side.recordOf(user.key)).toEqual(user);
  });

  test('answers as a user that the core has created', async () => {
    const { user, email, reset, verify } = await fullUser(externalId());
    await side.create([user]);
    const id = user.parts.mapping?.externalId ?? user.key;
    const signedIn = await side.core.ask('/recipe/signin', { email, password: PASSWORD });
    expect(signedIn.json).toMatchObject({
      status: 'OK',
      user: { id, emails: [email], timeJoined: JOINED, loginMethods: [{ verified: true, recipeUserId: id }] },
    });
    const ask = async (path: string) => (await side.core.ask(path)).json;
    expect(await ask(`/user/id?userId=${id}`)).toMatchObject({ status: 'OK', user: { id } });
    expect(await ask(`/recipe/user/roles?userId=${id}`)).toEqual({ status: 'OK', roles: ['reader', 'writer'] });
    expect((await ask('/recipe/role/users?role=reader')).users).toContain(id);
    expect((await side.core.ask(`/recipe/user/metadata?userId=${id}`)).text).toContain('"a":{"b":[1,2.5]},"z":"ü"');
    expect(JSON.stringify(await ask('/users?limit=500'))).toContain(id);
    expect(JSON.stringify(await ask(`/users?email=${email.slice(0, 12)}`))).toContain(id);
    expect(JSON.stringify(await ask(`/users/by-accountinfo?email=${email}&doUnionOfAccountInfo=false`))).toContain(id);
    expect(await ask(`/recipe/userid/map?userId=${user.key}&userIdType=SUPERTOKENS`)).toMatchObject(
      kind === 'with'
        ? { status: 'OK', externalUserId: id, externalUserIdInfo: 'noted' }
        : { status: 'UNKNOWN_MAPPING_ERROR' },
    );
    const verified = await side.core.ask('/recipe/user/email/verify', { method: 'token', token: verify });
    expect(verified.json).toEqual({ status: 'OK', userId: id, email: `new-${email}` });
    const used = await side.core.ask('/recipe/user/password/reset/token/consume', { method: 'token', token: reset });
    expect(used.json).toMatchObject({ status: 'OK', userId: id, email });
    const again = await side.core.ask('/recipe/user/password/reset/token/consume', { method: 'token', token: reset });
    expect(again.json.status).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
    expect((await side.core.ask('/user/remove', { userId: id })).json.status).toBe('OK');
    expect((await side.core.ask('/recipe/signin', { email, password: PASSWORD })).json.status).toBe(
      'WRONG_CREDENTIALS_ERROR',
    );
    expect(await side.users.read([user.key])).toEqual(new Map());
    expect([...(await side.users.deletedOf([{ key: user.key, ticket: undefined }]))]).toEqual([user.key]);
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
  const outcomes = await side.create(records);
  expect(new Set(outcomes.values())).toEqual(new Set(['written']));
  for (const record of records) expect(await side.recordOf(record.key)).toEqual(record);
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
      await side.create([user]);
      expect(await side.change(user.key, parts)).toBe('written');
      expect(await side.recordOf(user.key)).toEqual({ ...user, parts: { ...user.parts, ...parts } });
      expect(await side.change(user.key, user.parts)).toBe('written');
      const activity = { lastActive: parts.lastActive ?? user.parts.lastActive };
      expect(await side.recordOf(user.key)).toEqual({ ...user, parts: { ...user.parts, ...activity } });
    }
  });

  test('another password and e-mail are those by which the user signs in', async () => {
    const { user, email } = await fullUser();
    await side.create([user]);
    const login = await passwordLogin();
    expect(await side.change(user.key, { login })).toBe('written');
    expect(await side.recordOf(user.key)).toEqual({ ...user, parts: { ...user.parts, login } });
    expect((await side.core.ask('/recipe/signin', { email, password: PASSWORD })).json.status).not.toBe('OK');
    expect((await side.core.ask('/recipe/signin', { email: login.email, password: PASSWORD })).json.status).toBe('OK');
    const { passwordHash } = await passwordLogin();
    expect(await side.change(user.key, { login: { ...login, passwordHash } })).toBe('written');
    expect((await side.recordOf(user.key)).parts.login?.passwordHash).toBe(passwordHash);
  });

  test('what is kept under the id follows a new external id, another one, and none', async () => {
    const { user } = await fullUser();
    await side.create([user]);
    const ids = [someUserId(), someUserId(), undefined];
    for (const externalId of ids) {
      const mapping = externalId === undefined ? null : { externalId, info: null };
      expect(await side.change(user.key, { mapping })).toBe('written');
      expect(await side.recordOf(user.key)).toEqual({ ...user, parts: { ...user.parts, mapping } });
    }
    for (const id of ids) if (id !== undefined) expect(await side.users.read([id])).toEqual(new Map());
  });

  test('a removed login method leaves its id', async () => {
    const { user, email } = await fullUser();
    await side.create([user]);
    const login = {
      ...codeLogin(),
      recipe: 'emailpassword',
      email: null,
      phoneNumber: null,
      timeJoined: 0,
      isRetired: true,
    } as const;
    expect(await side.change(user.key, { login })).toBe('written');
    expect((await side.recordOf(user.key)).parts.login).toEqual(login);
    expect((await side.core.ask('/recipe/signin', { email, password: PASSWORD })).json.status).not.toBe('OK');
  });
});

test.each([true, false])(
  'what is kept under an id becomes a user’s (with verified e-mails: %s)',
  async (isVerified) => {
    const { user } = await fullUser();
    const verifiedEmails = isVerified ? ['old@example.com'] : [];
    const before = someMovedUser({ metadata: '{"old":1}', roles: [role('reader')], verifiedEmails }, user.key);
    await side.create([before]);
    const record = { ...user, parts: { ...user.parts, roles: [role('writer')] } };
    expect(await side.change(user.key, record.parts)).toBe('written');
    expect(await side.recordOf(user.key)).toEqual(record);
  },
);
