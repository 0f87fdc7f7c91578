import { ATTEMPT_WINDOW } from '../../lib/login/attempts.ts';
import { address, passingOf, right, someoneElse, wrong } from '../fixtures/login-attempts.ts';
import { attempts, clock, database, email, makeAttempts, useAttempts } from './attempt-database.ts';

const MINUTE = 60_000;
const OK = { status: 'OK' };

useAttempts();

const logIns = (times: number, who = email, from = address(1)) => passingOf(times, () => wrong(attempts, who, from));

describe('limits in one window', () => {
  test('10 attempts pass for one e-mail from one address', async () => {
    for (let n = 0; n < 10; n++) expect(await wrong(attempts, email, address(1))).toMatchObject(OK);
    expect(await wrong(attempts, email, address(1))).toEqual({ status: 'TOO_MANY_ATTEMPTS', retryAfter: 900 });
  });

  test('of 30, of which 20 are parallel, 10 pass', async () => {
    expect(await logIns(30)).toBe(10);
  });

  test('100 attempts pass from one address, whatever the e-mail', async () => {
    expect(await passingOf(120, (n) => wrong(attempts, someoneElse(n), address(1)))).toBe(100);
    expect(await wrong(attempts, email, address(2))).toMatchObject(OK);
  });

  test('you can raise the limit of an address, and that of an e-mail at an address stays', async () => {
    const raised = makeAttempts({ perSource: 150 });
    expect(await passingOf(20, () => wrong(raised, email, address(1)))).toBe(10);
    expect(await passingOf(200, (n) => wrong(raised, someoneElse(n), address(1)))).toBe(140);
  });

  test('100 attempts pass for one e-mail, whatever the address', async () => {
    expect(await passingOf(120, (n) => wrong(attempts, email, address(n)))).toBe(100);
    expect(await wrong(attempts, someoneElse(1), address(1))).toMatchObject(OK);
  });

  test('100 sign-ups pass from one address', async () => {
    expect(await passingOf(120, () => attempts.countSignUp(address(1)))).toBe(100);
  });

  test('sign-ups and log-ins of one address are counted together', async () => {
    await passingOf(100, () => attempts.countSignUp(address(1)));
    expect(await wrong(attempts, email, address(1))).toMatchObject({ status: 'TOO_MANY_ATTEMPTS' });
  });

  test('all addresses of one IPv6 /64 are one', async () => {
    expect(await passingOf(30, (n) => wrong(attempts, email, `2001:db8::${n}`))).toBe(10);
    expect(await wrong(attempts, email, '2001:db8:0:1::1')).toMatchObject(OK);
  });

  test('an IPv4 address mapped into IPv6 is that IPv4 address', async () => {
    await logIns(10, email, '192.0.2.7');
    expect(await wrong(attempts, email, '::ffff:192.0.2.7')).toMatchObject({ status: 'TOO_MANY_ATTEMPTS' });
  });
});

describe('what a rejected attempt uses up', () => {
  test('an attempt rejected for e-mail and address takes nothing from the address', async () => {
    await logIns(200);
    expect(await passingOf(100, (n) => wrong(attempts, someoneElse(n), address(1)))).toBe(90);
  });

  test("one address takes 10 of an e-mail's 100 attempts, however often it tries", async () => {
    await logIns(200);
    expect(await passingOf(120, (n) => wrong(attempts, email, address(n + 2)))).toBe(90);
  });

  test('an attempt rejected for its address takes nothing from the e-mail', async () => {
    await passingOf(100, () => attempts.countSignUp(address(1)));
    await logIns(10);
    expect(await passingOf(120, (n) => wrong(attempts, email, address(n + 2)))).toBe(100);
  });

  test('nine addresses cannot lock an e-mail out', async () => {
    for (let n = 0; n < 9; n++) await logIns(20, email, address(n));
    expect(await wrong(attempts, email, address(200))).toMatchObject(OK);
  });
});

describe('windows', () => {
  test('a new one begins every 15 minutes, with all attempts', async () => {
    await logIns(20);
    clock.advance(ATTEMPT_WINDOW - 1);
    expect(await logIns(1)).toBe(0);
    clock.advance(1);
    expect(await logIns(20)).toBe(10);
  });

  test('they are fixed: around the end of one, twice the limit passes', async () => {
    clock.advance(ATTEMPT_WINDOW - 1);
    expect(await logIns(20)).toBe(10);
    clock.advance(1);
    expect(await logIns(20)).toBe(10);
  });

  test.each([
    ['10 minutes in', 10 * MINUTE, 300],
    ['rounded up to whole seconds', 10 * MINUTE + 1, 300],
    ['never 0', ATTEMPT_WINDOW - 1, 1],
  ])('retryAfter is the seconds until the end: %s', async (_name, by, retryAfter) => {
    clock.advance(by);
    await logIns(10);
    expect(await wrong(attempts, email, address(1))).toEqual({ status: 'TOO_MANY_ATTEMPTS', retryAfter });
  });

  test('an item may be deleted, by its ttl in seconds, when its window ends', async () => {
    clock.advance(MINUTE);
    const start = database.consumed.length;
    await attempts.countSignUp(address(1));
    expect(database.consumed.slice(start).map(({ operation }) => operation)).toEqual(['UpdateItem']);
    const end = clock.time + 14 * MINUTE;
    const item = await database.db.get(database.tables.users, { pk: `attempts#source#${address(1)}#${end / 1000}` });
    expect(item).toMatchObject({ n: 1, used: 1, ttl: end / 1000 });
  });
});

describe('a success', () => {
  test('gives its e-mail and address 10 new attempts', async () => {
    await logIns(9);
    await right(attempts, email, address(1));
    expect(await logIns(20)).toBe(10);
  });

  test('gives no other address new attempts', async () => {
    await logIns(10, email, address(2));
    await right(attempts, email, address(1));
    expect(await logIns(1, email, address(2))).toBe(0);
  });

  test('gives no other e-mail new attempts', async () => {
    await logIns(10, someoneElse(1));
    await right(attempts, email, address(1));
    expect(await logIns(1, someoneElse(1))).toBe(0);
  });

  test("resets neither the e-mail's counter nor what wrong passwords have used of the address's", async () => {
    for (let n = 0; n < 10; n++) {
      expect(await logIns(9)).toBe(9);
      await right(attempts, email, address(1));
    }
    // 90 wrong ones of that address; 90 wrong and 10 right ones of that e-mail.
    expect(await passingOf(20, (n) => wrong(attempts, someoneElse(n), address(1)))).toBe(10);
    expect(await logIns(1, email, address(2))).toBe(0);
  });
});

test('no counter names the e-mail', async () => {
  const keys: string[] = [];
  const db = {
    ...database.db,
    update: (
      table: string,
      key: Readonly<Record<string, string>>,
      update: Parameters<typeof database.db.update>[2],
    ) => {
      keys.push(String(key.pk));
      return database.db.update(table, key, update);
    },
  };
  const spied = makeAttempts({ db });
  await spied.beginLogIn('somebody.with.a.long.name@example.org', address(1));
  expect(keys).toHaveLength(3);
  for (const key of keys) expect(key).toMatch(/^attempts#(email|source|email\+source)#[\w.#-]+$/);
  expect(keys.join()).not.toContain('somebody');
});

describe('a sign-in by a code, which names no e-mail', () => {
  const signIn = async (end: 'succeeded' | 'failed', from = address(1)) => {
    const attempt = await attempts.beginSignIn(from);
    if (attempt.status === 'OK') await attempt[end]();
    return attempt;
  };

  test('fails 100 times from one address', async () => {
    expect(await passingOf(120, () => signIn('failed'))).toBe(100);
    expect(await signIn('failed')).toMatchObject({ status: 'TOO_MANY_ATTEMPTS' });
    expect(await signIn('failed', address(2))).toMatchObject(OK);
  });

  test('succeeds any number of times', async () => {
    expect(await passingOf(120, () => signIn('succeeded'))).toBe(120);
  });
});

describe('codes that are sent', () => {
  test('are ten for one address in a window, of any number at once', async () => {
    expect(await passingOf(30, () => attempts.countCode(email))).toBe(10);
    expect(await attempts.countCode(email)).toEqual({ status: 'TOO_MANY_ATTEMPTS', retryAfter: 900 });
    expect(await attempts.countCode(someoneElse(1))).toEqual(OK);
    clock.advance(ATTEMPT_WINDOW);
    expect(await attempts.countCode(email)).toEqual(OK);
  });

  test('leave the attempts of the address by a password alone', async () => {
    await passingOf(10, () => attempts.countCode(email));
    expect(await wrong(attempts, email, address(1))).toMatchObject(OK);
  });
});
