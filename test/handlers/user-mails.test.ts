import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReceivedMail } from '../../lib/mail/mailbox.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { authenticate, form } from '../fixtures/log-in.ts';

let database: TestDatabase;
let mailbox: string;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());
beforeEach(async () => {
  mailbox = await mkdtemp(join(tmpdir(), 'mailbox-'));
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(mailbox, { recursive: true, force: true });
});

/** The texts of the reset mail and the verification mail that a new user gets. */
async function mailsWith(environment: Readonly<Record<string, string>>, language: string) {
  const { handler } = await startFunction(
    { ...userEnvironment(database.endpoint, database.tables), DEV_MAILBOX_FOLDER: mailbox, ...environment },
    () => import('../../handlers/user.ts'),
  );
  const email = `${randomUUID()}@example.com`;
  const { headers } = await authenticate(handler, '/auth/signup', email);
  const accept = { 'accept-language': language };
  const reset = { headers: accept, body: form({ email }) };
  const verification = { headers: { ...headers, ...accept }, body: {} };
  for (const [path, call] of [
    ['/auth/user/password/reset/token', reset],
    ['/auth/user/email/verify/token', verification],
  ] as const) {
    expect(bodyOf(await invoke(handler, 'POST', path, call))).toEqual({ status: 'OK' });
  }
  const files = await readdir(mailbox);
  const mails = await Promise.all(files.map(async (file) => readFile(join(mailbox, file), 'utf8')));
  const texts = mails.map((mail) => (JSON.parse(mail) as ReceivedMail).text);
  const textWith = (link: string) => texts.find((text) => text.includes(link));
  return { reset: textWith('/reset-password?'), verification: textWith('/verify-email?') };
}

test.each([
  ['en', {}, 'works once, for 1 hour.', 'works once, for 1 day.'],
  ['de', {}, 'gilt einmal und 1 Stunde lang.', 'gilt einmal und 1 Tag lang.'],
  [
    'en',
    { PASSWORD_RESET_TOKEN_LIFETIME: '900000', EMAIL_VERIFICATION_TOKEN_LIFETIME: '5400000' },
    'works once, for 15 minutes.',
    'works once, for 1 hour and 30 minutes.',
  ],
  [
    'de',
    { PASSWORD_RESET_TOKEN_LIFETIME: '7200000', EMAIL_VERIFICATION_TOKEN_LIFETIME: '259200000' },
    'gilt einmal und 2 Stunden lang.',
    'gilt einmal und 3 Tage lang.',
  ],
])('mails in %s with %j name the lifetimes of their links', async (language, environment, reset, verification) => {
  const mails = await mailsWith(environment, language);
  expect(mails.reset).toContain(reset);
  expect(mails.verification).toContain(verification);
});
