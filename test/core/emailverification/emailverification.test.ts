import { randomUUID } from 'node:crypto';
import { ManualClock, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { makeUserCore } from '../../fixtures/user-core.ts';
import { someEmail } from '../../fixtures/users.ts';

let database: TestDatabase;
let clock: ManualClock;
let cores: [TestCore, TestCore];

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  clock = new ManualClock();
  cores = [makeUserCore(database, { clock }), makeUserCore(database, { clock })];
});

const PATH = '/recipe/user/email/verify';

interface UserEmail {
  readonly userId: string;
  readonly email: string;
}

const someone = (): UserEmail => ({ userId: randomUUID(), email: someEmail() });
const makeToken = async (of: UserEmail): Promise<string> =>
  String((await cores[0].ask(`${PATH}/token`, of)).json.token);
const verify = (token: string, core = cores[0]) => core.ask(PATH, { method: 'token', token });
const isVerified = async ({ userId, email }: UserEmail) =>
  (await cores[0].ask(`${PATH}?userId=${userId}&email=${encodeURIComponent(email)}`)).json.isVerified;

test('of 20 uses of one token at once one succeeds', async () => {
  const of = someone();
  const token = await makeToken(of);
  const uses = Array.from({ length: 20 }, (_, n) => verify(token, cores[n % 2 === 0 ? 0 : 1]));
  const statuses = (await Promise.all(uses)).map(({ json }) => json.status);
  expect(statuses.filter((status) => status === 'OK')).toHaveLength(1);
  expect(await isVerified(of)).toBe(true);
});

test('an expired token verifies nothing, and ends the other tokens of the email', async () => {
  const of = someone();
  const old = await makeToken(of);
  clock.advance(86_400_000 - 1);
  const young = await makeToken(of);
  clock.advance(1);
  for (const token of [old, young]) {
    expect((await verify(token)).json).toEqual({ status: 'EMAIL_VERIFICATION_INVALID_TOKEN_ERROR' });
  }
  expect(await isVerified(of)).toBe(false);
  expect((await verify(await makeToken(of))).json.status).toBe('OK');
});

test('the tokens of two users with one email are apart', async () => {
  const [one, other] = [someone(), someone()];
  const shared = { userId: other.userId, email: one.email };
  const [first, second] = [await makeToken(one), await makeToken(shared)];
  expect((await verify(first)).json).toMatchObject({ status: 'OK', userId: one.userId });
  expect(await isVerified(shared)).toBe(false);
  expect((await verify(second)).json).toMatchObject({ status: 'OK', userId: other.userId });
});
