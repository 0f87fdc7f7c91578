import {
  connectTestDatabase,
  ManualClock,
  startTestDatabase,
  type TestCore,
  type TestDatabase,
} from '../../fixtures/core.ts';
import { idIn, makeUserCore } from '../../fixtures/user-core.ts';

let server: TestDatabase;
let core: TestCore;
let clock: ManualClock;

beforeAll(async () => {
  server = await startTestDatabase();
});
afterAll(() => server.stop());
/** Tables of its own for each test. */
beforeEach(async () => {
  clock = new ManualClock();
  core = makeUserCore(await connectTestDatabase(server.endpoint), { clock });
});

async function signUp(email: string): Promise<string> {
  clock.advance(3);
  return idIn(await core.ask('/recipe/signup', { email, password: 'correct horse 1' }));
}

interface Listed {
  readonly users: { readonly id: string; readonly emails: string[] }[];
  readonly nextPaginationToken?: string;
}
const list = async (query = '', version = '5.4') =>
  (await core.ask(`/users${query}`, undefined, { version })).json as unknown as Listed;
const emailsOf = ({ users }: Listed) => users.flatMap(({ emails }) => emails);
const count = async (query = '') => (await core.ask(`/users/count${query}`)).json.count;

describe('GET /users', () => {
  test('pages continue each other, in both orders, and with another limit or order', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await signUp(`${name}@example.com`);
    const first = await list('?limit=2');
    expect(emailsOf(first)).toEqual(['a@example.com', 'b@example.com']);
    const token = encodeURIComponent(String(first.nextPaginationToken));
    expect(emailsOf(await list(`?paginationToken=${token}`))).toEqual([
      'c@example.com',
      'd@example.com',
      'e@example.com',
    ]);
    expect(emailsOf(await list(`?paginationToken=${token}&timeJoinedOrder=DESC&limit=2`))).toEqual([
      'c@example.com',
      'b@example.com',
    ]);
    const all = await list('?timeJoinedOrder=DESC');
    expect(emailsOf(all)[0]).toBe('e@example.com');
    expect(all.nextPaginationToken).toBeUndefined();
  });

  test('before CDI 4.0, the recipe stands next to the user', async () => {
    const id = await signUp('a@example.com');
    const { users } = await list('', '3.1');
    expect(users).toEqual([
      { recipeId: 'emailpassword', user: expect.objectContaining({ id, email: 'a@example.com' }) },
    ]);
  });

  test('only the users of some recipes are listed and counted', async () => {
    await signUp('a@example.com');
    for (const [recipes, expected] of [
      ['emailpassword', 1],
      ['thirdparty,passwordless', 0],
      [' emailpassword ,,', 1],
      ['', 1],
    ] as const) {
      const query = `?includeRecipeIds=${encodeURIComponent(recipes)}`;
      expect([recipes, (await list(query)).users.length, await count(query)]).toEqual([recipes, expected, expected]);
    }
  });

  test('a search finds emails and domains by their beginning', async () => {
    for (const name of ['anna@one.example', 'bert@one.example', 'anna@two.example']) await signUp(name);
    expect(emailsOf(await list('?email=anna'))).toEqual(['anna@one.example', 'anna@two.example']);
    expect(emailsOf(await list('?email=one'))).toEqual(['anna@one.example', 'bert@one.example']);
    expect(emailsOf(await list('?email=BERT;%20anna@two&timeJoinedOrder=DESC&limit=1'))).toEqual([
      'anna@two.example',
      'bert@one.example',
    ]);
    expect(emailsOf(await list('?email=nna'))).toEqual([]);
    expect(emailsOf(await list('?email=%20;'))).toHaveLength(3);
  });

  test.each([
    ['?limit=0', 'limit must a positive integer with min value 1'],
    ['?limit=501', 'max limit allowed is 500'],
    ['?limit=x', "Field name 'limit' must be an int in the GET request"],
    ['?timeJoinedOrder=asc', 'timeJoinedOrder can be either ASC OR DESC'],
    ['?includeRecipeIds=x', 'Unknown recipe ID: x'],
    ['?paginationToken=randomString', 'invalid pagination token'],
    ['?paginationToken=cmFuZG9tU3RyaW5n', 'invalid pagination token'],
    [`?paginationToken=${Buffer.from('id;9999999999999999').toString('base64')}`, 'invalid pagination token'],
  ])('%s is refused', async (query, message) => {
    const { status, text } = await core.ask(`/users${query}`);
    expect([status, text]).toEqual([400, `${message}\n`]);
  });
});

test('users are looked up by email, and by nothing that no user of this core has', async () => {
  const id = await signUp('a@example.com');
  const found = async (query: string) => {
    const { users } = (await core.ask(`/users/by-accountinfo?${query}`)).json as unknown as Listed;
    return users.map((user) => user.id);
  };
  expect(await found('email=%20A@Example.com&doUnionOfAccountInfo=false')).toEqual([id]);
  expect(await found('email=a@example.com&phoneNumber=1&doUnionOfAccountInfo=false')).toEqual([]);
  expect(await found('email=a@example.com&phoneNumber=1&doUnionOfAccountInfo=true')).toEqual([id]);
  expect(await found('thirdPartyId=a&thirdPartyUserId=b&doUnionOfAccountInfo=true')).toEqual([]);
  expect(await found('webauthnCredentialId=a&doUnionOfAccountInfo=true')).toEqual([]);
});

describe('Active users', () => {
  const active = async (since: number) => (await core.ask(`/users/count/active?since=${since}`)).json.count;
  const session = (userId: string) => ({ userId, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false });

  test('are those who signed up, signed in or have a session since then', async () => {
    expect(await active(0)).toBe(0);
    await signUp('a@example.com');
    expect(await active(0)).toBe(1);
    expect(await active(clock.time)).toBe(1);
    expect(await active(clock.time + 1)).toBe(0);
    const { json } = await core.ask('/recipe/session', session('someone else'));
    expect(await active(0)).toBe(2);
    clock.advance(300_000);
    const moment = clock.time;
    expect(await active(moment)).toBe(0);
    await core.ask('/recipe/signin', { email: 'a@example.com', password: 'wrong' });
    expect(await active(moment)).toBe(0);
    await core.ask('/recipe/signin', { email: 'a@example.com', password: 'correct horse 1' });
    expect(await active(moment)).toBe(1);
    const { token } = json.refreshToken as { readonly token: string };
    await core.ask('/recipe/session/refresh', {
      refreshToken: token,
      enableAntiCsrf: false,
      useDynamicSigningKey: true,
    });
    expect(await active(moment)).toBe(2);
  });

  test('are noted every five minutes at most', async () => {
    await signUp('a@example.com');
    const noted = clock.time;
    clock.advance(299_999);
    await core.ask('/recipe/signin', { email: 'a@example.com', password: 'correct horse 1' });
    expect(await active(noted + 1)).toBe(0);
    clock.advance(1);
    await core.ask('/recipe/signin', { email: 'a@example.com', password: 'correct horse 1' });
    expect(await active(noted + 1)).toBe(1);
  });

  test('a request does not fail because it cannot be noted', async () => {
    const database = await connectTestDatabase(server.endpoint);
    const failing = { ...database.userStores.activity, note: () => Promise.reject(new Error('throttled')) };
    const other = makeUserCore({ ...database, userStores: { ...database.userStores, activity: failing } }, { clock });
    const { json } = await other.ask('/recipe/signup', { email: 'a@example.com', password: 'correct horse 1' });
    expect(json.status).toBe('OK');
  });

  test.each([
    ['', "Field name 'since' is missing in GET request"],
    ['?since=-1', "'since' query parameter must be >= 0"],
    ['?since=yesterday', "Field name 'since' must be a long in the GET request"],
  ])('since %j is refused', async (query, message) => {
    const { status, text } = await core.ask(`/users/count/active${query}`);
    expect([status, text]).toEqual([400, `${message}\n`]);
  });
});

describe('Tenants', () => {
  test('the only one is listed', async () => {
    const { json } = await core.ask('/recipe/multitenancy/tenant/list/v2');
    expect(json).toEqual({
      status: 'OK',
      tenants: [{ tenantId: 'public', thirdParty: { providers: [] }, coreConfig: {} }],
    });
    const { json: old } = await core.ask('/recipe/multitenancy/tenant/list');
    expect(old).toMatchObject({ status: 'OK', tenants: [{ tenantId: 'public', emailPassword: { enabled: true } }] });
  });

  test.each([
    ['GET', '/users'],
    ['GET', '/users/count'],
    ['GET', '/users/by-accountinfo?email=x&doUnionOfAccountInfo=true'],
    ['GET', '/user/search/tags'],
    ['POST', '/recipe/signup'],
    ['POST', '/recipe/signin'],
  ] as const)('another one is refused by what is per tenant: %s %s', async (method, path) => {
    const body = method === 'GET' ? undefined : { email: 'a@example.com', password: 'correct horse 1' };
    const { status, text } = await core.ask(`/t1${path}`, body, { method });
    expect(status).toBe(400);
    expect(text).toContain('(, public, t1)');
  });

  test.each([
    ['GET', '/user/id?userId=x'],
    ['POST', '/user/remove'],
    ['GET', '/users/count?includeAllTenants=true'],
    ['GET', '/users/count/active?since=0'],
    ['PUT', '/recipe/user'],
    ['GET', '/recipe/roles'],
    ['GET', '/recipe/user/metadata?userId=x'],
    ['GET', '/recipe/userid/map?userId=x'],
  ] as const)('another one is refused by what is per app: %s %s', async (method, path) => {
    const body = method === 'GET' ? undefined : { userId: 'x', recipeUserId: 'x', email: 'a@example.com' };
    const { status, text } = await core.ask(`/t1${path}`, body, { method });
    expect([status, text]).toEqual([403, 'Only public tenantId can call this app specific API\n']);
  });
});
