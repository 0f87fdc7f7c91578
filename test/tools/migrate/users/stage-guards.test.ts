import { randomUUID } from 'node:crypto';
import type { Email, UserId } from '../../../../lib/core/types.ts';
import type { MovedLogin, MovedUser, UserParts } from '../../../../lib/tools/migrate/users/user.ts';
import { someEmail, someUserId } from '../../../fixtures/users.ts';
import { codeLogin, PASSWORD, passwordLogin, providerLogin, role, someMovedUser } from './some-users.ts';
import { fullUser, StageSide } from './stage-side.ts';

let side: StageSide;

beforeAll(async () => {
  side = await StageSide.start();
});

afterAll(() => side.database.stop());

type Change = (user: MovedUser, email: string) => Promise<unknown>;

const put = (path: string, body: object) => side.core.ask(path, body, { method: 'PUT' });

/** What the core may do to a user between our reading and our writing, and a part that we would overwrite with it. */
const CHANGES: readonly (readonly [string, Change, Partial<UserParts>])[] = [
  [
    'the password',
    ({ key }) => put('/recipe/user', { recipeUserId: key, password: 'another 1' }),
    { login: { passwordHash: '$2a$04$new' } as unknown as MovedLogin },
  ],
  [
    'the password, when we change the e-mail',
    ({ key }) => put('/recipe/user', { recipeUserId: key, password: 'another 1' }),
    { login: { email: 'new' } as unknown as MovedLogin },
  ],
  [
    'the e-mail',
    ({ key }) => put('/recipe/user', { recipeUserId: key, email: someEmail() }),
    { login: { email: 'new' } as unknown as MovedLogin },
  ],
  [
    'the metadata',
    ({ key }) => put('/recipe/user/metadata', { userId: key, metadataUpdate: { b: 2 } }),
    { metadata: '{"c":3}' },
  ],
  [
    'the metadata, when we remove it',
    ({ key }) => put('/recipe/user/metadata', { userId: key, metadataUpdate: { b: 2 } }),
    { metadata: null },
  ],
  [
    'a role, which was taken and given again',
    async ({ key: userId }) => {
      await side.core.ask('/recipe/user/role/remove', { userId, role: 'reader' });
      await put('/recipe/user/role', { userId, role: 'reader' });
    },
    { roles: [] },
  ],
  [
    'a verified e-mail',
    ({ key: userId }, email) => side.core.ask('/recipe/user/email/verify/remove', { userId, email }),
    { verifiedEmails: [] },
  ],
  [
    'the reset tokens',
    async ({ key: userId }, email) => {
      const { json } = await side.core.ask('/recipe/user/password/reset/token', { userId, email });
      await side.core.ask('/recipe/user/password/reset/token/consume', { method: 'token', token: json.token });
    },
    { resetTokens: [] },
  ],
  [
    'the verification tokens',
    ({ key: userId }, email) =>
      side.core.ask('/recipe/user/email/verify/token/remove', { userId, email: `new-${email}` }),
    { verificationTokens: [] },
  ],
  [
    'the external id',
    ({ key: superTokensUserId }) =>
      side.core.ask('/recipe/userid/map', { superTokensUserId, externalUserId: randomUUID(), force: true }),
    { mapping: { externalId: 'ours' as UserId, info: null } },
  ],
];

/** The parts as we would write them. */
function overwriting({ parts: { login } }: MovedUser, parts: Partial<UserParts>, email: Email): Partial<UserParts> {
  if (parts.login === undefined || login === null) return parts;
  const changed = { ...login, ...parts.login };
  return { login: changed.email === 'new' ? { ...changed, email } : changed };
}

test.each(CHANGES)('if the core changes %s after it was read, nothing is overwritten', async (_name, change, parts) => {
  const { user, email } = await fullUser();
  await side.create([user]);
  const replaces = await side.readOne(user.key);
  await change(user, email);
  const after = await side.recordOf(user.key);
  const newEmail = someEmail();
  expect(await side.change(user.key, overwriting(user, parts, newEmail), { replaces })).toBe('overtaken');
  expect(await side.recordOf(user.key)).toEqual(after);
  expect((await side.core.ask('/recipe/signup', { email: newEmail, password: PASSWORD })).json.status).toBe('OK');
});

test.each(CHANGES)('if the core changes %s after it was read, the user is not removed', async (_name, change) => {
  const { user, email } = await fullUser();
  await side.create([user]);
  const stored = await side.readOne(user.key);
  await change(user, email);
  expect((await side.users.remove([stored])).get(user.key)).toBe('overtaken');
  expect((await side.recordOf(user.key)).parts.login).not.toBeNull();
});

test('a user is created once', async () => {
  const { user } = await fullUser();
  await side.create([user]);
  expect((await side.create([user])).get(user.key)).toBe('overtaken');
});

test('a later activity that the core has noted stays', async () => {
  const { user } = await fullUser();
  await side.create([user]);
  const replaces = await side.readOne(user.key);
  await side.database.userStores.activity.note(user.key, side.clock.now() + 1000);
  expect(await side.change(user.key, { lastActive: side.clock.now() }, { replaces })).toBe('written');
  expect((await side.recordOf(user.key)).parts.lastActive).toBe(side.clock.now() + 1000);
});

test('a user whom the stage has deleted is not created again', async () => {
  const { user } = await fullUser();
  await side.create([user]);
  await side.core.ask('/user/remove', { userId: user.key });
  expect((await side.create([user])).get(user.key)).toEqual({
    key: user.key,
    reason: 'the stage has deleted this user',
  });
});

describe('what another user holds is refused, and the refusal names that user:', () => {
  const LOGINS: readonly (readonly [string, () => Promise<MovedLogin>, (login: MovedLogin) => string])[] = [
    ['the e-mail of a user with a password', passwordLogin, ({ email }) => `its e-mail ${email}`],
    [
      'the e-mail of a user with codes',
      async () => codeLogin({ phoneNumber: null }),
      ({ email }) => `its e-mail ${email}`,
    ],
    ['a phone number', async () => codeLogin({ email: null }), ({ phoneNumber }) => `its phone number ${phoneNumber}`],
    [
      'an id at a provider',
      async () => providerLogin(),
      ({ thirdParty }) => `its id ${thirdParty?.userId} at ${thirdParty?.id}`,
    ],
  ];

  test.each(LOGINS)('%s', async (_name, make, described) => {
    const login = await make();
    const [holder, other] = [someMovedUser({ login }), someMovedUser({ login, metadata: '{"a":1}' })];
    await side.create([holder]);
    const reason = `${described(login)} is that of the user ${holder.key}`;
    expect((await side.create([other])).get(other.key)).toEqual({ key: other.key, reason });
    expect(await side.users.read([other.key])).toEqual(new Map());
    const changing = someMovedUser({ login: await make() });
    await side.create([changing]);
    if (login.recipe === 'thirdparty') return;
    expect(await side.change(changing.key, { login })).toEqual({ key: changing.key, reason });
    expect(await side.recordOf(changing.key)).toEqual(changing);
  });

  test('an external id', async () => {
    const externalId = someUserId();
    const { user: holder } = await fullUser(externalId);
    await side.create([holder]);
    const { user } = await fullUser(externalId);
    const reason = `its external id ${externalId} is that of the user ${holder.key}`;
    expect((await side.create([user])).get(user.key)).toEqual({ key: user.key, reason });
    const { user: unmapped } = await fullUser();
    await side.create([unmapped]);
    expect(await side.change(unmapped.key, { mapping: { externalId, info: null } })).toEqual({
      key: unmapped.key,
      reason,
    });
    expect(await side.recordOf(unmapped.key)).toEqual(unmapped);
  });

  test('data under the external id', async () => {
    const externalId = someUserId();
    await side.create([someMovedUser({ metadata: '{"other":1}' }, externalId)]);
    const { user } = await fullUser(externalId);
    const reason = `there is other data under its external id ${externalId}: metadata`;
    expect((await side.create([user])).get(user.key)).toEqual({ key: user.key, reason });
  });

  test('a role that is not there', async () => {
    const { user } = await fullUser();
    const record = { ...user, parts: { ...user.parts, roles: [role('unknown')] } };
    const refusal = { key: user.key, reason: 'the role unknown is not there' };
    expect((await side.create([record])).get(user.key)).toEqual(refusal);
    expect(await side.users.read([user.key])).toEqual(new Map());
    await side.create([user]);
    expect(await side.change(user.key, { roles: [role('unknown')] })).toEqual(refusal);
  });
});

describe('refused are', () => {
  const refusalOf = (parts: Partial<UserParts>, key?: UserId) => side.users.refusalOf(someMovedUser(parts, key));

  test('ids, texts and metadata that are too long', async () => {
    const login = await passwordLogin();
    expect(refusalOf({ login })).toBeUndefined();
    expect(refusalOf({ login }, 'a#b' as UserId)).toContain('no #');
    expect(refusalOf({ login }, 'a'.repeat(101) as UserId)).toContain('at most 100 bytes');
    expect(refusalOf({ login: { ...login, email: 'a'.repeat(901) as Email } })).toContain('more than 900 bytes');
    expect(refusalOf({ metadata: JSON.stringify({ a: 'x'.repeat(256 * 1024) }) })).toContain('262144 at most');
    expect(refusalOf({ metadata: '{"a":1}' }, 'i'.repeat(2001) as UserId)).toContain('more than 2000 bytes');
    expect(refusalOf({ roles: [role('reader')] }, 'i'.repeat(901) as UserId)).toContain('ids of users with roles');
    const many = Array.from({ length: 500 }, (_, n) => `${n}`.padEnd(900, 'e'));
    expect(refusalOf({ verifiedEmails: many })).toContain('too many for one DynamoDB item');
  });

  test('users without what their recipe finds them by', () => {
    const nothing = { email: null, phoneNumber: null };
    expect(refusalOf({ login: codeLogin(nothing) })).toContain('no phone number');
    expect(refusalOf({ login: providerLogin({ thirdParty: null }) })).toContain('no id at a provider');
    expect(refusalOf({ login: { ...codeLogin(), recipe: 'emailpassword' } })).toContain('no password');
    expect(refusalOf({ login: codeLogin({ ...nothing, isRetired: true }) })).toBeUndefined();
  });
});
