import { randomUUID } from 'node:crypto';
import type { UserId } from '../../lib/core/types.ts';
import { isOneAddress } from '../../lib/login/email.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { credentials, form } from '../fixtures/log-in.ts';
import { messagesTo, useMailbox } from '../fixtures/mailbox.ts';

// An attacker types an e-mail of the victim's company in which a mail program finds the attacker's own address. An app that gives rights
// by the domain of a verified e-mail would give them to the attacker.

let database: TestDatabase;
const mailbox = useMailbox();
let user: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  database = await startTestDatabase();
  user = await start();
});
afterAll(() => database?.stop());

const start = () =>
  startFunction({ ...userEnvironment(database.endpoint, database.tables), DEV_MAILBOX_FOLDER: mailbox }, async () => {
    const { handler } = await import('../../handlers/user.ts');
    const { default: SuperTokens } = await import('supertokens-node');
    const { default: EmailPassword } = await import('supertokens-node/recipe/emailpassword');
    const { default: EmailVerification } = await import('supertokens-node/recipe/emailverification');
    return {
      handler,
      /** As the owner's code does, or an import. */
      async store(email: string): Promise<UserId> {
        const created = await EmailPassword.signUp('public', email, 'correct horse 1');
        if (created.status !== 'OK') throw new Error(created.status);
        return created.recipeUserId.getAsString() as UserId;
      },
      sendVerification: (userId: UserId) =>
        EmailVerification.sendEmailVerificationEmail('public', userId, SuperTokens.convertToRecipeUserId(userId)),
    };
  });

/** Each passes the SDK's own check. */
const AMBIGUOUS = [
  '"a"<thief@example.net>,"b"@example.com',
  '"a" <thief@example.net> "b"@example.com',
  '"thief@example.net x"@example.com',
  '"a",thief@example.net,"b"@example.com',
  '"a;b"@example.com',
  '=?utf-8?q?thief=40example.net=3e?=@example.com',
];

test.each(AMBIGUOUS)('%s does not sign up, and gets no mail', async (email) => {
  for (const [path, body] of [
    ['signup', credentials(email)],
    ['user/password/reset/token', form({ email })],
    ['signinup/code', { email }],
  ] as const) {
    const { statusCode, body: answer } = await invoke(user.handler, 'POST', `/auth/${path}`, { body });
    expect([path, statusCode, JSON.parse(answer ?? '')]).toEqual([
      path,
      400,
      { code: 'invalid_request', field: 'email', message: 'No mail can be sent to this e-mail address' },
    ]);
  }
  expect(await messagesTo(mailbox, email)).toEqual([]);
});

test.each(AMBIGUOUS)('%s gets no mail if it is stored already', async (email) => {
  await expect(user.sendVerification(await user.store(email))).rejects.toMatchObject({ statusCode: 400 });
  expect(await messagesTo(mailbox, email)).toEqual([]);
});

test('usual addresses are accepted', async () => {
  const usual = [
    'kim@example.com',
    "k.i+m_o'neil%x@mail.example.co.uk",
    'k=im?@example.com',
    'zoë@bücher.example',
    'kim@[192.0.2.1]',
  ];
  expect(usual.filter((email) => !isOneAddress(email))).toEqual([]);
  const answer = await invoke(user.handler, 'POST', '/auth/signup', {
    body: credentials(`k.i+m_o'neil-${randomUUID()}@mail.example.co.uk`),
  });
  expect(bodyOf(answer)).toMatchObject({ status: 'OK' });
});
