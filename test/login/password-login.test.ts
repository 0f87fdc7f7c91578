import type { UserId } from '../../lib/core/types.ts';
import type { DynamoDb, Item } from '../../lib/dynamodb/client.ts';
import { DynamoDbError } from '../../lib/dynamodb/errors.ts';
import { createPasswordHashing, type DeriveKey, type ScryptCost } from '../../lib/login/password-hash.ts';
import { createPasswordLogin, type PasswordLogin } from '../../lib/login/password-login.ts';
import { ManualClock, startTestDatabase, systemRandom, type TestDatabase } from '../fixtures/core.ts';
import { passingOf } from '../fixtures/login-attempts.ts';

const CHEAP: ScryptCost = { ln: 4, r: 8, p: 1 };
const DEARER: ScryptCost = { ln: 5, r: 8, p: 1 };
const ADDRESS = '198.51.100.1';
const ELSEWHERE = '198.51.100.2';
const PASSWORD = 'correct horse';
const WRONG = { status: 'WRONG_CREDENTIALS' };

let database: TestDatabase;
let clock: ManualClock;
let login: PasswordLogin;
let email: string;
let run = 0;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  run++;
  email = `ann${run}@example.org`;
  // A whole hour per test: its counters are its own.
  clock = new ManualClock(Date.UTC(2026, 10, 23, run));
  login = loginWith({});
});

interface Parts {
  readonly cost?: ScryptCost;
  readonly derive?: DeriveKey;
  readonly db?: DynamoDb;
}

function loginWith({ cost = CHEAP, derive, db = database.db }: Parts): PasswordLogin {
  const hashing = createPasswordHashing({ random: systemRandom, cost, ...(derive && { derive }) });
  return createPasswordLogin({ db, table: database.tables.users, clock: clock.now, random: systemRandom, hashing });
}

/** A derivation that is quick, and writes down its costs. */
function spiedDerive(): { derive: DeriveKey; costs: ScryptCost[] } {
  const costs: ScryptCost[] = [];
  const derive: DeriveKey = async (password, salt, length, cost) => {
    costs.push(cost);
    return Buffer.alloc(length, `${password}${salt.toString('hex')}`);
  };
  return { derive, costs };
}

async function signedUp(password = PASSWORD): Promise<UserId> {
  const result = await login.signUp({ email, password }, ADDRESS);
  if (result.status !== 'OK') throw new Error(result.status);
  return result.userId;
}

const userItem = (of = email): Promise<Item | undefined> =>
  database.db.get(database.tables.users, { pk: `email#${of}` });

async function operationsOf(action: () => Promise<unknown>): Promise<string[]> {
  const start = database.consumed.length;
  await action();
  return database.consumed.slice(start).map(({ operation }) => operation);
}

describe('signing up', () => {
  test('makes a user with a random UUID, who can log in', async () => {
    const userId = await signedUp();
    expect(userId).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(await login.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual({ status: 'OK', userId });
  });

  test('stores the hash, never the password', async () => {
    const userId = await signedUp();
    const item = await userItem();
    expect(item).toEqual({
      pk: `email#${email}`,
      userId,
      passwordHash: expect.stringMatching(/^\$scrypt\$ln=4,r=8,p=1\$/),
      createdAt: clock.time,
    });
    expect(JSON.stringify(item)).not.toContain(PASSWORD);
  });

  test('with a taken e-mail, however it is written, changes nothing', async () => {
    const userId = await signedUp();
    const again = { email: ` ${email.toUpperCase()} `, password: 'another password' };
    expect(await login.signUp(again, ADDRESS)).toEqual({ status: 'EMAIL_TAKEN' });
    expect(await login.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual({ status: 'OK', userId });
    expect(await login.logIn(again, ADDRESS)).toEqual(WRONG);
  });

  test('10 times at once with one e-mail leaves one user', async () => {
    const race = await Promise.all(
      Array.from({ length: 10 }, (_, n) => login.signUp({ email, password: `password ${n}` }, ADDRESS)),
    );
    const winners = race.flatMap((result, n) => (result.status === 'OK' ? [{ n, userId: result.userId }] : []));
    expect(winners).toHaveLength(1);
    expect(race.filter(({ status }) => status === 'EMAIL_TAKEN')).toHaveLength(9);
    for (const { n, userId } of winners) {
      expect(await login.logIn({ email, password: `password ${n}` }, ADDRESS)).toEqual({ status: 'OK', userId });
    }
  });

  test('succeeds if the answer to its write was lost and it was sent again', async () => {
    const { db } = database;
    const twice = loginWith({ db: { ...db, put: async (...put) => (await db.put(...put)) && db.put(...put) } });
    expect(await twice.signUp({ email, password: PASSWORD }, ADDRESS)).toEqual({
      status: 'OK',
      userId: (await userItem())?.userId,
    });
  });

  test('names a faulty field, and neither counts nor hashes', async () => {
    const { derive, costs } = spiedDerive();
    const strict = loginWith({ derive });
    const operations = await operationsOf(async () => {
      expect(await strict.signUp({ email: 'ann', password: PASSWORD }, ADDRESS)).toMatchObject({
        status: 'FIELD_ERROR',
        field: 'email',
      });
      expect(await strict.signUp({ email, password: 'short' }, ADDRESS)).toMatchObject({
        status: 'FIELD_ERROR',
        field: 'password',
      });
    });
    expect(operations).toEqual([]);
    expect(costs).toEqual([]);
  });

  test('is refused without hashing from an address that has used up its attempts', async () => {
    const { derive, costs } = spiedDerive();
    const spied = loginWith({ derive });
    const signUp = (n: number) => spied.signUp({ email: `many${n}.${email}`, password: PASSWORD }, ADDRESS);
    expect(await passingOf(100, signUp)).toBe(100);
    expect(await signUp(100)).toEqual({ status: 'TOO_MANY_ATTEMPTS', retryAfter: 900 });
    expect(costs).toHaveLength(100);
  });

  test('takes three calls', async () => {
    expect(await operationsOf(signedUp)).toEqual(['UpdateItem', 'UpdateItem', 'PutItem']);
  });
});

describe('logging in', () => {
  test('takes any spelling of the e-mail', async () => {
    const userId = await signedUp();
    expect(await login.logIn({ email: ` ${email.toUpperCase()}\n`, password: PASSWORD }, ADDRESS)).toEqual({
      status: 'OK',
      userId,
    });
  });

  test('takes any composition of the password (NFKC)', async () => {
    const userId = await signedUp('caf\u00e9 noir');
    expect(await login.logIn({ email, password: 'cafe\u0301 noir' }, ADDRESS)).toEqual({ status: 'OK', userId });
  });

  test('is refused with a wrong password', async () => {
    await signedUp();
    expect(await login.logIn({ email, password: `${PASSWORD} ` }, ADDRESS)).toEqual(WRONG);
    expect(await login.logIn({ email, password: PASSWORD.toUpperCase() }, ADDRESS)).toEqual(WRONG);
  });

  test('is refused in the same words for an unknown e-mail', async () => {
    expect(await login.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual(WRONG);
  });

  test('does the same work for an unknown e-mail as for a wrong password', async () => {
    const { derive, costs } = spiedDerive();
    login = loginWith({ derive });
    await signedUp();
    costs.length = 0;
    const wrong = await operationsOf(() => login.logIn({ email, password: 'wrong password' }, ADDRESS));
    expect(costs).toEqual([CHEAP]);
    const unknown = await operationsOf(() => login.logIn({ email: `un${email}`, password: PASSWORD }, ADDRESS));
    expect(costs).toEqual([CHEAP, CHEAP]);
    expect(unknown).toEqual(wrong);
    expect(wrong).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem', 'GetItem', 'UpdateItem']);
  });

  test('names a faulty field, and neither counts nor hashes', async () => {
    const { derive, costs } = spiedDerive();
    const strict = loginWith({ derive });
    const operations = await operationsOf(async () => {
      expect(await strict.logIn({ password: PASSWORD }, ADDRESS)).toMatchObject({ field: 'email' });
      expect(await strict.logIn({ email }, ADDRESS)).toMatchObject({ field: 'password' });
    });
    expect(operations).toEqual([]);
    expect(costs).toEqual([]);
  });

  test('with a password too short for a new one is merely wrong', async () => {
    await signedUp();
    expect(await login.logIn({ email, password: 'short' }, ADDRESS)).toEqual(WRONG);
  });

  test('tells its caller that DynamoDB is unavailable', async () => {
    const down = () => Promise.reject(new DynamoDbError('Unavailable', 'UpdateItem', 'throttled'));
    await expect(
      loginWith({ db: { ...database.db, update: down } }).logIn({ email, password: PASSWORD }, ADDRESS),
    ).rejects.toMatchObject({ fault: 'Unavailable' });
  });
});

describe('guessing', () => {
  test('of 30 parallel guesses at most 10 are looked at', async () => {
    await signedUp();
    const { derive, costs } = spiedDerive();
    const spied = loginWith({ derive });
    const guesses = Array.from({ length: 30 }, (_, n) => spied.logIn({ email, password: `guess ${n}` }, ELSEWHERE));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'WRONG_CREDENTIALS')).toHaveLength(10);
    expect(statuses.filter((status) => status === 'TOO_MANY_ATTEMPTS')).toHaveLength(20);
    expect(costs).toHaveLength(10);
  });

  test('after 10 wrong guesses even the right password is refused, until the window ends', async () => {
    const userId = await signedUp();
    clock.advance(60_000);
    for (let n = 0; n < 10; n++) expect(await login.logIn({ email, password: 'wrong' }, ADDRESS)).toEqual(WRONG);
    expect(await login.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual({
      status: 'TOO_MANY_ATTEMPTS',
      retryAfter: 840,
    });
    clock.advance(840_000);
    expect(await login.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual({ status: 'OK', userId });
  });

  test('meanwhile the owner gets in from elsewhere', async () => {
    const userId = await signedUp();
    for (let n = 0; n < 20; n++) await login.logIn({ email, password: 'wrong' }, ADDRESS);
    expect(await login.logIn({ email, password: PASSWORD }, ELSEWHERE)).toEqual({ status: 'OK', userId });
  });

  test('an unknown e-mail counts like a known one', async () => {
    for (let n = 0; n < 10; n++) expect(await login.logIn({ email, password: 'wrong' }, ADDRESS)).toEqual(WRONG);
    expect(await login.logIn({ email, password: 'wrong' }, ADDRESS)).toEqual({
      status: 'TOO_MANY_ATTEMPTS',
      retryAfter: 900,
    });
  });

  test('all spellings of an e-mail count as one', async () => {
    for (let n = 0; n < 10; n++) await login.logIn({ email: email.toUpperCase(), password: 'wrong' }, ADDRESS);
    expect(await login.logIn({ email, password: 'wrong' }, ADDRESS)).toMatchObject({ status: 'TOO_MANY_ATTEMPTS' });
  });

  test('a success gives 10 new attempts', async () => {
    await signedUp();
    for (let n = 0; n < 9; n++) await login.logIn({ email, password: 'wrong' }, ADDRESS);
    expect(await login.logIn({ email, password: PASSWORD }, ADDRESS)).toMatchObject({ status: 'OK' });
    for (let n = 0; n < 10; n++) expect(await login.logIn({ email, password: 'wrong' }, ADDRESS)).toEqual(WRONG);
    expect(await login.logIn({ email, password: PASSWORD }, ADDRESS)).toMatchObject({ status: 'TOO_MANY_ATTEMPTS' });
  });
});

describe('raising the cost of hashes', () => {
  test('hashes anew at the next successful log-in, once', async () => {
    const userId = await signedUp();
    const dearer = loginWith({ cost: DEARER });
    expect(await dearer.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual({ status: 'OK', userId });
    const renewed = (await userItem())?.passwordHash;
    expect(renewed).toMatch(/^\$scrypt\$ln=5,r=8,p=1\$/);
    expect(await dearer.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual({ status: 'OK', userId });
    expect((await userItem())?.passwordHash).toBe(renewed);
  });

  test('leaves the hash alone after a wrong password', async () => {
    await signedUp();
    const before = await userItem();
    expect(await loginWith({ cost: DEARER }).logIn({ email, password: 'wrong' }, ADDRESS)).toEqual(WRONG);
    expect(await userItem()).toEqual(before);
  });

  test('does not overwrite a hash that was replaced meanwhile', async () => {
    const userId = await signedUp();
    const { db, tables } = database;
    const meanwhile: DynamoDb = {
      ...db,
      async get(...key) {
        const item = await db.get(...key);
        await db.update(tables.users, { pk: `email#${email}` }, { set: { passwordHash: 'replaced' } });
        return item;
      },
    };
    const slow = loginWith({ cost: DEARER, db: meanwhile });
    expect(await slow.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual({ status: 'OK', userId });
    expect((await userItem())?.passwordHash).toBe('replaced');
  });
});

test("without other hashing, users are stored at OWASP's cost", async () => {
  const real = createPasswordLogin({
    db: database.db,
    table: database.tables.users,
    clock: clock.now,
    random: systemRandom,
  });
  const signUp = await real.signUp({ email, password: PASSWORD }, ADDRESS);
  expect((await userItem())?.passwordHash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/);
  expect(await real.logIn({ email, password: PASSWORD }, ADDRESS)).toEqual(signUp);
});
