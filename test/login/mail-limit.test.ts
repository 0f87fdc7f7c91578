import { randomUUID } from 'node:crypto';
import { createMailLimit, MAIL_INTERVAL, type MailLimit } from '../../lib/login/mail-limit.ts';
import { ManualClock, startTestDatabase, type TestDatabase } from '../fixtures/core.ts';

const OK = { status: 'OK' };
const tooMany = (retryAfter: number) => ({ status: 'TOO_MANY_ATTEMPTS', retryAfter });

let database: TestDatabase;
let clock: ManualClock;
let mailLimit: MailLimit;
let email: string;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());
beforeEach(() => {
  email = `${randomUUID()}@example.com`;
  clock = new ManualClock(Date.UTC(2026, 10, 23, 12));
  mailLimit = createMailLimit(database.db, database.tables.users, clock.now);
});

test('an address gets one mail of a kind in a minute, and the refusal says when the next may be sent', async () => {
  expect(await mailLimit.take('password-reset', email)).toEqual(OK);
  expect(await mailLimit.take('password-reset', email)).toEqual(tooMany(60));
  clock.advance(MAIL_INTERVAL - 500);
  expect(await mailLimit.take('password-reset', email)).toEqual(tooMany(1));
  clock.advance(500);
  expect(await mailLimit.take('password-reset', email)).toEqual(OK);
  expect(await mailLimit.take('password-reset', email)).toEqual(tooMany(60));
});

test('a mail of another kind, or to another address, is not held up', async () => {
  expect(await mailLimit.take('password-reset', email)).toEqual(OK);
  expect(await mailLimit.take('email-verification', email)).toEqual(OK);
  expect(await mailLimit.take('password-reset', `other-${email}`)).toEqual(OK);
});

test('another spelling of the address is the same address', async () => {
  expect(await mailLimit.take('password-reset', email)).toEqual(OK);
  expect(await mailLimit.take('password-reset', ` ${email.toUpperCase()} `)).toMatchObject(tooMany(60));
});

test('of 20 requests at once, one gets the turn', async () => {
  const turns = await Promise.all(Array.from({ length: 20 }, () => mailLimit.take('email-verification', email)));
  expect(turns.filter(({ status }) => status === 'OK')).toHaveLength(1);
});

test('a turn that is given back can be taken at once', async () => {
  await mailLimit.take('password-reset', email);
  await mailLimit.giveBack('password-reset', email.toUpperCase());
  expect(await mailLimit.take('password-reset', email)).toEqual(OK);
});
