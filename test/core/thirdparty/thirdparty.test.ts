import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '../../../lib/core/types.ts';
import { startTestDatabase, type TestAnswer, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { idIn, makeUserCore } from '../../fixtures/user-core.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await startTestDatabase();
  core = makeUserCore(database);
});
afterAll(() => database.stop());

interface Given {
  readonly userId?: string;
  readonly email?: string;
  readonly isVerified?: boolean;
}

const signInUp = ({ userId = randomUUID(), email = `${userId}@example.com`, isVerified = false }: Given = {}) =>
  core.ask('/recipe/signinup', { thirdPartyId: 'google', thirdPartyUserId: userId, email: { id: email, isVerified } });

/** As a client does: on a busy machine, a request that waits for another one can get 503. */
async function untilAvailable(ask: () => Promise<TestAnswer>): Promise<TestAnswer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    await setTimeout(100);
  }
}

interface Read {
  readonly status: string;
  readonly user?: { readonly loginMethods: readonly [{ readonly email: string; readonly verified: boolean }] };
}

const readUser = async (id: string): Promise<Read> => (await core.ask(`/user/id?userId=${id}`)).json as unknown as Read;
const loginMethodOf = async (id: string) => (await readUser(id)).user?.loginMethods[0];

const idsIn = ({ json }: { readonly json: JsonObject }): string[] =>
  (json.users as unknown as readonly { readonly id: string }[]).map(({ id }) => id);

describe('POST /recipe/signinup', () => {
  test('of 50 requests at once for one new user, one at most creates the user, and all sign in', async () => {
    const userId = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => untilAvailable(() => signInUp({ userId }))));
    expect(answers.map(({ json }) => json.status)).toEqual(answers.map(() => 'OK'));
    expect(answers.filter(({ json }) => json.createdNewUser === true).length).toBeLessThanOrEqual(1);
    expect(new Set(answers.map(idIn)).size).toBe(1);
  });

  test('20 sign-ins at once with another email leave the user with it, found by it alone', async () => {
    const userId = randomUUID();
    const id = idIn(await signInUp({ userId }));
    const email = `${randomUUID()}@example.com`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => signInUp({ userId, email, isVerified: true })));
    expect(answers.map(({ json }) => json.status)).toEqual(answers.map(() => 'OK'));
    expect(await loginMethodOf(id)).toMatchObject({ email, verified: true });
    const found = async (address: string) => idsIn(await core.ask(`/recipe/users/by-email?email=${address}`));
    expect(await found(email)).toEqual([id]);
    expect(await found(`${userId}@example.com`)).toEqual([]);
  });

  test.each([
    ['thirdPartyId', { thirdPartyId: '' }],
    ['thirdPartyId', { thirdPartyId: 'x'.repeat(901) }],
    ['thirdPartyId', { thirdPartyId: '\ud800' }],
    ['thirdPartyId', { thirdPartyId: null }],
    ['thirdPartyUserId', { thirdPartyUserId: '' }],
    ['thirdPartyUserId', { thirdPartyUserId: 'x'.repeat(2000) }],
    ['thirdPartyUserId', { thirdPartyUserId: '\ud800' }],
    ['thirdPartyUserId', { thirdPartyUserId: 5 }],
    ['email', { email: 'a@example.com' }],
    ['id', { email: { isVerified: true } }],
    ['id', { email: { id: ' ', isVerified: true } }],
    ['isVerified', { email: { id: 'a@example.com' } }],
    ['isVerified', { email: { id: 'a@example.com', isVerified: 'true' } }],
  ])('a wrong %s is rejected: %j', async (field, members) => {
    const body = { thirdPartyId: 'x', thirdPartyUserId: 'y', email: { id: 'a@example.com', isVerified: true } };
    const { status, text } = await core.ask('/recipe/signinup', { ...body, ...members });
    expect([status, text]).toEqual([400, `Field name '${field}' is invalid in JSON input\n`]);
  });

  test('ids of the greatest length are stored and found', async () => {
    const body = { thirdPartyId: 'x'.repeat(900), thirdPartyUserId: 'y'.repeat(990) };
    const email = { id: 'a@example.com', isVerified: true };
    const id = idIn(await core.ask('/recipe/signinup', { ...body, email }));
    expect(idIn(await core.ask('/recipe/signinup', { ...body, email }))).toBe(id);
  });
});

test('a mapped user’s email is verified under the user’s own id, as by the official core', async () => {
  const userId = randomUUID();
  const superTokensUserId = idIn(await signInUp({ userId }));
  const externalUserId = `ext ${userId}`;
  await core.ask('/recipe/userid/map', { superTokensUserId, externalUserId });
  const { json } = await signInUp({ userId, isVerified: true });
  expect(json).toMatchObject({ recipeUserId: externalUserId, user: { loginMethods: [{ verified: true }] } });
  expect(await loginMethodOf(superTokensUserId)).toMatchObject({ verified: false });
  await core.ask('/recipe/userid/map/remove', { userId: superTokensUserId, force: true });
  expect(await loginMethodOf(superTokensUserId)).toMatchObject({ verified: true });
});

test('a deleted user of a provider is found by nothing, and the next sign-in creates another user', async () => {
  const userId = randomUUID();
  const id = idIn(await signInUp({ userId, isVerified: true }));
  await core.ask('/user/remove', { userId: id });
  expect((await readUser(id)).status).toBe('UNKNOWN_USER_ID_ERROR');
  expect(idsIn(await core.ask(`/recipe/users/by-email?email=${userId}@example.com`))).toEqual([]);
  const next = await signInUp({ userId });
  expect(next.json.createdNewUser).toBe(true);
  expect(idIn(next)).not.toBe(id);
  expect(await loginMethodOf(idIn(next))).toMatchObject({ verified: false });
});

test('a search by provider finds its users, and with an email only those with that email', async () => {
  const userId = randomUUID();
  const id = idIn(await signInUp({ userId }));
  await signInUp();
  const found = async (query: string) => idsIn(await core.ask(`/users?${query}`));
  expect(await found('provider=Goo')).toContain(id);
  expect(await found(`provider=goo&email=${userId}`)).toEqual([id]);
  expect(await found(`provider=github&email=${userId}`)).toEqual([]);
  expect(await found(`provider=goo&phone=%2B1&email=${userId}`)).toEqual([]);
});
