import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDbError } from '../../lib/dynamodb/errors.ts';
import { ATTEMPT_WINDOW, type LogInAttempt } from '../../lib/login/attempts.ts';
import { address, passingOf, right, someoneElse, users, wrong } from '../fixtures/login-attempts.ts';
import { interceptDb } from '../fixtures/store-wrappers.ts';
import { attempts, clock, database, email, makeAttempts, useAttempts } from './attempt-database.ts';

const OK = { status: 'OK' };

useAttempts();

describe('right passwords', () => {
  test('do not count against an address: 101 users log in from one, one after the other', async () => {
    for (const user of users(101)) await right(attempts, user, address(1));
  });

  /** A hundred users whose passwords are just being checked, and one user who comes from the same address then. */
  async function comingLate() {
    const open: LogInAttempt[] = [];
    await passingOf(100, async (n) => {
      const attempt = await attempts.beginLogIn(someoneElse(n), address(1));
      if (attempt.status === 'OK') open.push(attempt);
      return attempt;
    });
    expect(open).toHaveLength(100);
    const late = attempts.beginLogIn(email, address(1));
    expect(await Promise.race([late, sleep(500, 'it waits')])).toBe('it waits');
    return { open, late };
  }

  test('of others, being checked just then, do not keep a user out, who waits for the first of them', async () => {
    const { open, late } = await comingLate();
    await open[0]?.succeeded();
    expect(await late).toMatchObject(OK);
  });

  test('are no way in: an attempt that waits for others is rejected if their passwords are wrong', async () => {
    const { open, late } = await comingLate();
    for (const attempt of open) await attempt.failed();
    expect(await late).toMatchObject({ status: 'TOO_MANY_ATTEMPTS' });
  });

  test('are given back in the window in which they were taken', async () => {
    const attempt = await attempts.beginLogIn(email, address(1));
    clock.advance(ATTEMPT_WINDOW);
    if (attempt.status === 'OK') await attempt.succeeded();
    expect(await passingOf(120, (n) => wrong(attempts, someoneElse(n), address(1)))).toBe(100);
  });

  test('let no more wrong ones pass: of 120 parallel guesses after 20 successes 100 do', async () => {
    for (const user of users(20)) await right(attempts, user, address(1));
    expect(await passingOf(120, (n) => wrong(attempts, someoneElse(n), address(1)))).toBe(100);
  });
});

describe('a function that ends in the middle of an attempt', () => {
  test('leaves it counted until the window ends, and no longer', async () => {
    const hasty = makeAttempts({ waits: 1 });
    const begin = (n: number) => hasty.beginLogIn(someoneElse(n), address(1));
    expect(await passingOf(100, begin)).toBe(100);
    expect(await begin(100)).toEqual({ status: 'TOO_MANY_ATTEMPTS', retryAfter: 900 });
    clock.advance(ATTEMPT_WINDOW);
    expect(await begin(100)).toMatchObject(OK);
  });

  test('does so too if DynamoDB does not answer when it is given back; the log-in continues', async () => {
    const failing = interceptDb(database.db, async ({ operation, pk }) => {
      const isGivenBack = operation === 'update' && pk.startsWith('attempts#source#') && calls++ > 0;
      if (isGivenBack) throw new DynamoDbError('Unavailable', 'UpdateItem', '');
    });
    let calls = 0;
    const unlucky = makeAttempts({ db: failing });
    const attempt = await unlucky.beginLogIn(email, address(1));
    if (attempt.status === 'OK') await attempt.succeeded();
    expect(await passingOf(120, (n) => wrong(attempts, someoneElse(n), address(1)))).toBe(99);
  });
});

describe('IPv6 networks', () => {
  const signUps = (count: number, from: (n: number) => string) =>
    passingOf(count, (n) => attempts.countSignUp(from(n)));
  /** In one /56 each, if `step` is 256. */
  const subnets = (count: number, step: number) => (n: number) =>
    `2001:db8:5:${((n % count) * step).toString(16)}::${(n + 1).toString(16)}`;

  test('one /64 has as many attempts as an address', async () => {
    expect(await signUps(120, subnets(1, 1))).toBe(100);
  });

  test('twelve /64s of one /56 have twice as many', async () => {
    expect(await signUps(240, subnets(12, 1))).toBe(200);
  });

  test('twelve /64s of one /48 have four times as many', async () => {
    expect(await signUps(480, subnets(12, 256))).toBe(400);
  });

  test('another /48 has its own', async () => {
    await signUps(240, subnets(12, 1));
    expect(await signUps(1, () => '2001:db8:6::1')).toBe(1);
  });

  test('guesses at one e-mail are counted likewise: 10 of a /64, 20 of a /56, 40 of a /48', async () => {
    const guesses = (step: number) => passingOf(60, (n) => wrong(attempts, `${step}${email}`, subnets(12, step)(n)));
    expect([await guesses(0), await guesses(1), await guesses(256)]).toEqual([10, 20, 40]);
  });

  test('a /64 that is full holds no attempt of its /56 and /48, not even for a moment', async () => {
    await signUps(120, subnets(1, 1));
    const wider: string[] = [];
    const db = interceptDb(database.db, async ({ operation, pk }) => {
      if (operation === 'update' && /::\/(56|48)#/.test(pk)) wider.push(pk);
    });
    const another = makeAttempts({ db });
    await another.countSignUp('2001:db8:5::1');
    // This process has not known that the /64 is full. It has given back what it took.
    expect(wider).toHaveLength(4);
    expect(await passingOf(20, () => another.countSignUp('2001:db8:5::1'))).toBe(0);
    expect(wider).toHaveLength(4);
    expect(await another.countSignUp('2001:db8:5:1::1')).toEqual(OK);
  });

  test('a rejection by a /56 takes nothing from the /64', async () => {
    await signUps(240, subnets(12, 1));
    const end = (Math.floor(clock.time / ATTEMPT_WINDOW) + 1) * ATTEMPT_WINDOW;
    const taken = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const pk = `attempts#source#2001:db8:5:${n.toString(16)}::/64#${end / 1000}`;
        return Number((await database.db.get(database.tables.users, { pk }))?.n);
      }),
    );
    expect(taken.reduce((sum, n) => sum + n)).toBe(200);
  });
});
