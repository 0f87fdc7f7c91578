import { startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { idIn, makeUserCore } from '../../fixtures/user-core.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await startTestDatabase();
  core = makeUserCore(database);
});
afterAll(() => database.stop());
beforeEach(() => {
  core.events.length = 0;
});

/** Longer than any key of DynamoDB. */
const LONG = 'x'.repeat(3000);
/** UTF-8 has no such character. */
const LONE = '\ud800';

// What no user can have is looked for in vain, or refused. It is no fault of the core.
describe.each([
  ['too long', LONG],
  ['of characters that cannot be stored', LONE],
])('What is %s', (_what, value) => {
  test.each([
    '/user/id?userId=',
    '/recipe/user?userId=',
    '/recipe/user?email=',
    '/users?email=',
    '/users?email=a;',
    '/users?phone=',
    '/users?provider=',
    '/users?paginationToken=',
    '/users/by-accountinfo?doUnionOfAccountInfo=true&email=',
    '/users/by-accountinfo?doUnionOfAccountInfo=true&phoneNumber=',
    '/users/by-accountinfo?doUnionOfAccountInfo=true&thirdPartyId=a&thirdPartyUserId=',
    '/users/by-accountinfo?doUnionOfAccountInfo=false&thirdPartyUserId=a&thirdPartyId=',
    '/recipe/users/by-email?email=',
    '/recipe/signinup/codes?email=',
    '/recipe/signinup/codes?phoneNumber=',
    '/recipe/signinup/codes?deviceId=',
    '/recipe/signinup/codes?preAuthSessionId=',
    '/recipe/user/metadata?userId=',
    '/recipe/user/roles?userId=',
    '/recipe/role/users?role=',
    '/recipe/role/permissions?role=',
    '/recipe/permission/roles?permission=',
    '/recipe/user/email/verify?userId=u&email=',
    '/recipe/user/email/verify?email=a&userId=',
    '/recipe/userid/map?userId=',
  ])('%s…', async (path) => {
    // As HTTP decodes it; a URL has no lone surrogate.
    const [pathname = '', query = ''] = path.split('?');
    const search = new URLSearchParams(query);
    const last = [...search.keys()].at(-1) ?? '';
    search.set(last, `${search.get(last)}${value}`);
    const { status } = await core.core.handle({
      ...{ method: 'GET', path: pathname, query: search, headers: { 'cdi-version': '5.4' }, body: undefined },
    });
    expect([200, 400]).toContain(status);
    expect(core.events.filter(({ event }) => event === 'CoreRequestFailed')).toEqual([]);
  });

  test.each([
    ['POST', '/recipe/signup', { email: value, password: 'p' }],
    ['POST', '/recipe/signup', { email: 'a@example.com', password: value }],
    ['POST', '/recipe/signin', { email: value, password: value }],
    ['PUT', '/recipe/user', { recipeUserId: value, password: 'p' }],
    ['POST', '/recipe/user/password/reset/token', { userId: value, email: value }],
    ['POST', '/recipe/user/password/reset/token/consume', { token: value }],
    ['POST', '/recipe/user/email/verify/token', { userId: 'u', email: value }],
    ['POST', '/recipe/user/email/verify', { method: 'token', token: value }],
    ['PUT', '/recipe/user/metadata', { userId: 'u', metadataUpdate: { [value]: value } }],
    ['POST', '/recipe/user/metadata/bulk', { userIds: ['u', value, ''] }],
    ['PUT', '/recipe/role', { role: value }],
    ['PUT', '/recipe/role', { role: 'r', permissions: [value] }],
    ['PUT', '/recipe/user/role', { userId: value, role: 'r' }],
    ['PUT', '/recipe/user/role', { userId: 'u', role: value }],
    [
      'POST',
      '/recipe/signinup',
      { thirdPartyId: value, thirdPartyUserId: 'u', email: { id: 'a@b', isVerified: true } },
    ],
    [
      'POST',
      '/recipe/signinup',
      { thirdPartyId: 'g', thirdPartyUserId: value, email: { id: 'a@b', isVerified: true } },
    ],
    ['POST', '/recipe/signinup', { thirdPartyId: 'g', thirdPartyUserId: 'u', email: { id: value, isVerified: true } }],
    ['POST', '/recipe/signinup/code', { email: value }],
    ['POST', '/recipe/signinup/code', { phoneNumber: value }],
    ['POST', '/recipe/signinup/code', { deviceId: value }],
    ['POST', '/recipe/signinup/code', { email: 'a@example.com', userInputCode: value }],
    ['POST', '/recipe/signinup/code/consume', { preAuthSessionId: value, linkCode: 'AAAA' }],
    ['POST', '/recipe/signinup/code/consume', { preAuthSessionId: 'x', linkCode: value }],
    ['POST', '/recipe/signinup/code/check', { preAuthSessionId: 'x', deviceId: 'AAAA', userInputCode: value }],
    ['POST', '/recipe/signinup/code/remove', { codeId: value }],
    ['POST', '/recipe/signinup/code/remove', { preAuthSessionId: value }],
    ['POST', '/recipe/signinup/codes/remove', { phoneNumber: value }],
    ['POST', '/recipe/userid/map', { superTokensUserId: value, externalUserId: value }],
    ['POST', '/recipe/userid/map', { superTokensUserId: 'u', externalUserId: 'e', externalUserIdInfo: value }],
    ['POST', '/user/remove', { userId: value }],
  ] as const)('%s %s (case %$)', async (method, path, body) => {
    const { status } = await core.ask(path, body, { method });
    expect([200, 400]).toContain(status);
    expect(core.events.filter(({ event }) => event === 'CoreRequestFailed')).toEqual([]);
  });
});

test.each(['x', 'é', '€', '😀'])(
  'A user with the longest id of a provider that is accepted, of %s, can be linked',
  async (letter) => {
    const signInUp = (length: number) =>
      core.ask('/recipe/signinup', {
        ...{ thirdPartyId: letter.repeat(length), thirdPartyUserId: 'u' },
        email: { id: 'a@example.com', isVerified: true },
      });
    let length = 900;
    while ((await signInUp(length)).status !== 200) length--;
    const recipeUserId = idIn(await signInUp(length));
    expect((await core.ask('/recipe/accountlinking/user/primary', { recipeUserId })).json).toMatchObject({
      status: 'OK',
    });
    await core.ask('/user/remove', { userId: recipeUserId });
  },
);

// No key sorts after the last character of Unicode: ranges must not end there.
describe.each(['\u{10ffff}', '\u{10ffff}x', 'x\u{10ffff}'])('What is named %j', (name) => {
  test('is found among the roles of a user, and the users of a role', async () => {
    const [role, userId] = [`${name} role`, `${name} user`];
    await core.ask('/recipe/role', { role }, { method: 'PUT' });
    await core.ask('/recipe/user/role', { userId, role }, { method: 'PUT' });
    const rolesOf = async () => (await core.ask(`/recipe/user/roles?userId=${encodeURIComponent(userId)}`)).json;
    expect(await rolesOf()).toEqual({ status: 'OK', roles: [role] });
    const users = await core.ask(`/recipe/role/users?role=${encodeURIComponent(role)}`);
    expect(users.json).toEqual({ status: 'OK', users: [userId] });
    await core.ask('/recipe/role/remove', { role });
    expect(await rolesOf()).toEqual({ status: 'OK', roles: [] });
  });

  test('is found by the beginning of an e-mail', async () => {
    const email = `sought ${name}@example.com`;
    await core.ask('/recipe/signup', { email, password: 'p' });
    const { users } = (await core.ask('/users?email=sought ')).json;
    expect(users).toContainEqual(expect.objectContaining({ emails: [email] }));
  });
});
