import crypto from 'node:crypto';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { ATTEMPT_LIMITS } from '../../lib/login/attempts.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type Answer, bodyOf, invoke } from '../fixtures/lambda.ts';
import { credentials, PASSWORD } from '../fixtures/log-in.ts';
import { type RecordingProxy, startRecordingProxy, workOf } from '../fixtures/recording-proxy.ts';
import { stopDate } from '../fixtures/still-date.ts';
import { startService } from './service.ts';

let database: TestDatabase;
let proxy: RecordingProxy;
let user: LambdaHandler;
let argon2: jest.SpyInstance;
let email: string;
let run = 0;

beforeAll(async () => {
  // The date stands still: the window of attempts must not end in the middle of a test.
  stopDate(Date.UTC(2026, 10, 23, 12));
  database = await startTestDatabase();
  proxy = await startRecordingProxy(database.endpoint);
  argon2 = jest.spyOn(crypto, 'argon2');
  const service = await startService({ ...database, endpoint: proxy.endpoint }, ['user']);
  user = service.handler('user');
  // The function that logs in reads or makes its keys first. Otherwise, these calls would count as those of a sign-in.
  await service.logIn();
});
afterAll(async () => {
  jest.useRealTimers();
  await proxy?.stop();
  await database?.stop();
});
beforeEach(async () => {
  run++;
  email = `victim${run}@example.com`;
  // An hour per test: its counters are its own.
  jest.setSystemTime(Date.UTC(2026, 10, 23, 12 + run));
  expect(bodyOf(await send('/auth/signup', credentials(email), '203.0.113.200')).status).toBe('OK');
  argon2.mockClear();
  proxy.calls.length = 0;
});

const send = (path: string, body: object, sourceIp: string, headers = {}): Promise<Answer> =>
  invoke(user, 'POST', path, { body, headers, sourceIp });
const signIn = (form: object, sourceIp: string, headers = {}) => send('/auth/signin', form, sourceIp, headers);

/** What an answer says, and all of the work that makes up its time. */
async function observe(body: object) {
  argon2.mockClear();
  proxy.calls.length = 0;
  const answer = await signIn(body, '203.0.113.1');
  const hashes = argon2.mock.calls.map(([variant, { message: _, nonce, ...cost }]) => [variant, nonce.length, cost]);
  return { answer, work: { calls: workOf(proxy), hashes } };
}

test('account enumeration by timing: an unknown e-mail is as much work as a wrong password, and says the same', async () => {
  const known = await observe(credentials(email, 'wrong'));
  const unknown = await observe(credentials(`no-${email}`, 'wrong'));
  expect(bodyOf(known.answer)).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
  expect(unknown).toEqual(known);
  expect(known.work.hashes).toHaveLength(1);
  expect(known.work.calls.map((call) => call.split(' ')[0])).toEqual([
    ...['GetItem', 'GetItem', 'Query', 'Query', 'UpdateItem', 'UpdateItem', 'UpdateItem', 'UpdateItem'],
  ]);
  // However much of the right password is right.
  for (const password of [PASSWORD.slice(0, -1), PASSWORD.toUpperCase(), `${PASSWORD} `]) {
    expect(await observe(credentials(email, password))).toEqual(known);
  }
});

test('account enumeration by limits: an unknown e-mail is rejected after as many guesses as a known one', async () => {
  const refusedAfter = async (guessed: string) => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => signIn(credentials(guessed, 'wrong'), '203.0.113.1')),
    );
    return answers.map(({ statusCode, body }) => `${statusCode} ${body}`).sort();
  };
  expect(await refusedAfter(`no-${email}`)).toEqual(await refusedAfter(email));
});

/** A slow machine answers more writes at once too late: they are sent again, and count twice. */
const AT_ONCE = 20;
const SAME = () => '203.0.113.1';
const WRONG = 'WRONG_CREDENTIALS_ERROR';

interface Guesses {
  readonly source?: (n: number) => string;
  readonly guessed?: (n: number) => string;
  readonly headers?: (n: number) => object;
  readonly times?: number;
}

/** @returns how many of so many guesses are looked at, of which 20 at a time are under way at once */
async function guess({ source = SAME, guessed = () => email, headers = () => ({}), times = AT_ONCE }: Guesses) {
  const statuses: unknown[] = [];
  for (let start = 0; start < times; start += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, times - start) }, (_, at) => start + at);
    const answers = batch.map((n) => signIn(credentials(guessed(n), `guess ${n}`), source(n), headers(n)));
    statuses.push(...(await Promise.all(answers)).map((answer) => bodyOf(answer).status ?? answer.statusCode));
  }
  expect(new Set([...statuses, WRONG, 429])).toEqual(new Set([WRONG, 429]));
  const looked = statuses.filter((status) => status === WRONG).length;
  expect(argon2).toHaveBeenCalledTimes(looked);
  return looked;
}

test('parallel password guessing: of 20 guesses at once 10 are looked at', async () => {
  expect(await guess({})).toBe(ATTEMPT_LIMITS.emailAndSource);
  // Not even the right one any more.
  const { statusCode, headers, body } = await signIn(credentials(email), SAME());
  expect([statusCode, headers['retry-after']]).toEqual([429, '900']);
  expect(JSON.parse(body ?? '')).toEqual({
    code: 'too_many_attempts',
    message: 'Too many attempts. Please try again later.',
  });
});

test('parallel password guessing: headers that name other addresses give no more', async () => {
  const names = ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-client-ip'];
  const headers = (n: number) => Object.fromEntries(names.map((name) => [name, `198.51.100.${n}`]));
  expect(await guess({ headers })).toBe(ATTEMPT_LIMITS.emailAndSource);
});

test('parallel password guessing: addresses of one IPv6 network give no more', async () => {
  const source = (n: number) => `2001:db8:0:1::${n.toString(16)}`;
  expect(await guess({ source })).toBe(ATTEMPT_LIMITS.emailAndSource);
});

test('parallel password guessing: other spellings of the e-mail give no more', async () => {
  const guessed = (n: number) => {
    const letters = Array.from(email, (letter, at) => ((n >> (at % 6)) & 1 ? letter.toUpperCase() : letter));
    return `${' '.repeat(n % 3)}${letters.join('')}${'\t'.repeat(n % 2)}`;
  };
  expect(new Set(Array.from({ length: AT_ONCE }, (_, n) => guessed(n))).size).toBe(AT_ONCE);
  expect(await guess({ guessed })).toBe(ATTEMPT_LIMITS.emailAndSource);
});

test('parallel password guessing: many addresses have 100 guesses at one e-mail', async () => {
  expect(await guess({ source: (n) => `198.51.100.${n}`, times: 120 })).toBe(ATTEMPT_LIMITS.email);
});

test('parallel password guessing: one address has 100 guesses at many e-mails, sign-ups included', async () => {
  for (let n = 0; n < 10; n++) await send('/auth/signup', credentials(`new${n}-${email}`), SAME());
  argon2.mockClear();
  expect(await guess({ guessed: (n) => `${n}-${email}`, times: 120 })).toBe(ATTEMPT_LIMITS.source - 10);
});
