import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { freePort } from '../fixtures/free-port.ts';
import { bodyOf, type Call, invoke, logged, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { authenticate, form } from '../fixtures/log-in.ts';
import { listenOnLoopback } from '../fixtures/loopback.ts';

// SuperTokens' own SMTP service, as lib/app/recipes.ts can set it, against a mail server.

interface Received {
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly raw: string;
}

let database: TestDatabase;
let server: SMTPServer;
let received: Received[];
/** What the mail server says against every recipient; absent: nothing. */
let refusal: string | undefined;

beforeAll(async () => {
  database = await startTestDatabase();
  server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      password === 'secret' ? done(null, { user: username ?? '' }) : done(new Error('Invalid credentials')),
    onRcptTo: (_address, _session, done) =>
      refusal === undefined ? done() : done(Object.assign(new Error(refusal), { responseCode: 550 })),
    onData: (stream, { envelope, user }, done) =>
      void text(stream).then((raw) => {
        received.push({ to: envelope.rcptTo.map(({ address }) => address), user: user as string, raw });
        done();
      }),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(resolve)));
  await database?.stop();
});
beforeEach(() => {
  received = [];
  logged.length = 0;
  refusal = undefined;
});

const serverPort = () => (server.server.address() as AddressInfo).port;

/** The function user with SuperTokens' SMTP service for both kinds of mails. */
const start = (port: number, password = 'secret') =>
  startFunction(userEnvironment(database.endpoint, database.tables), async () => {
    const { userRoutes } = await import('../../lib/http/user-routes.ts');
    const { mailLanguages } = await import('../../lib/app/mails/languages.ts');
    const { default: EmailPassword } = await import('supertokens-node/recipe/emailpassword');
    const { SMTPService } = await import('supertokens-node/recipe/emailpassword/emaildelivery');
    const { default: EmailVerification } = await import('supertokens-node/recipe/emailverification');
    const verification = await import('supertokens-node/recipe/emailverification/emaildelivery');
    const { default: Session } = await import('supertokens-node/recipe/session');
    const from = { name: 'App', email: 'app@example.com' };
    const smtpSettings = { host: '127.0.0.1', port, from, authUsername: 'smtp-user', password, secure: false };
    const mode = 'OPTIONAL' as const;
    const recipes = [
      EmailPassword.init({ emailDelivery: { service: new SMTPService({ smtpSettings }) } }),
      EmailVerification.init({
        mode,
        emailDelivery: { service: new verification.SMTPService({ smtpSettings }) },
      }),
      Session.init(),
    ];
    return userRoutes(recipes, mailLanguages);
  });

type Handler = Awaited<ReturnType<typeof start>>;

async function signedUp(handler: Handler, time: Pick<Call, 'timeLeft'> = {}) {
  const email = `${randomUUID()}@example.com`;
  const { headers } = await authenticate(handler, '/auth/signup', email);
  const ask = (path: string, call: object) =>
    invoke(handler, 'POST', path, { headers: { ...headers }, ...time, ...call });
  return {
    email,
    askForReset: () => ask('/auth/user/password/reset/token', { body: form({ email }) }),
    askForVerification: () => ask('/auth/user/email/verify/token', { body: {} }),
  };
}

/** The token of the link in a mail, whose body is quoted-printable. */
const tokenIn = ({ raw }: Received): string =>
  /token=([A-Za-z0-9_-]+)/.exec(raw.replace(/=\r\n/g, '').replace(/=3D/g, '='))?.[1] ?? '';

test('a reset mail and a verification mail arrive by SMTP, and their links work', async () => {
  const handler = await start(serverPort());
  const { email, askForReset, askForVerification } = await signedUp(handler);
  expect(bodyOf(await askForReset())).toEqual({ status: 'OK' });
  expect(bodyOf(await askForVerification())).toEqual({ status: 'OK' });
  expect(received).toMatchObject([
    { to: [email], user: 'smtp-user', raw: expect.stringContaining('From: App <app@example.com>') },
    { to: [email], user: 'smtp-user' },
  ]);
  const [reset, verification] = received.map(tokenIn);
  const change = { method: 'token', token: reset, ...form({ password: 'battery staple 2' }) };
  const proof = { method: 'token', token: verification };
  // A reset verifies the e-mail too, which ends the other link.
  for (const [path, body] of [
    ['/auth/user/email/verify', proof],
    ['/auth/user/password/reset', change],
  ] as const) {
    expect(bodyOf(await invoke(handler, 'POST', path, { body }))).toMatchObject({ status: 'OK' });
  }
});

test('an address gets one mail of a kind in a minute', async () => {
  const { askForReset, askForVerification } = await signedUp(await start(serverPort()));
  for (const ask of [askForReset, askForVerification]) {
    expect((await ask()).statusCode).toBe(200);
    const again = await ask();
    expect(again.statusCode).toBe(429);
    expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(received).toHaveLength(2);
});

const NOT_SENT = { code: 'mail_not_sent', message: 'The mail could not be sent. Please try again later.' };

test.each([
  ['refuses the recipient', async () => serverPort(), 'secret', '550 mailbox unavailable'],
  ['refuses the password', async () => serverPort(), 'wrong', undefined],
  ['is not there', freePort, 'secret', undefined],
])(
  'a mail server that %s: 503, nothing is lost, and the user may ask again at once',
  async (_what, port, password, says) => {
    refusal = says;
    const { askForReset, askForVerification } = await signedUp(await start(await port(), password));
    for (const ask of [askForReset, askForVerification, askForReset, askForVerification]) {
      const answer = await ask();
      expect([answer.statusCode, bodyOf(answer)]).toEqual([503, NOT_SENT]);
    }
    expect(received).toEqual([]);
    const lines = logged.filter(({ message }) => message === 'MailNotSent');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatchObject({ level: 'error', details: { kind: 'passwordReset', error: expect.anything() } });
    expect(JSON.stringify(logged)).not.toMatch(/"secret"|"wrong"/);
  },
);

describe('a mail server that does not answer', () => {
  let silent: Server;
  let port: number;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    silent = createServer((socket) => void sockets.add(socket));
    port = await listenOnLoopback(silent);
  });
  afterAll(() => {
    // Without an answer, the SMTP client would keep this process for its own 30 s.
    for (const socket of sockets) socket.end('421 Closing\r\n');
    silent?.close();
  });

  test('is waited for no longer than the request has: 503, and the user may ask again at once', async () => {
    const { askForReset, askForVerification } = await signedUp(await start(port), { timeLeft: 10_000 });
    for (const ask of [askForReset, askForVerification]) {
      const answer = await ask();
      expect([answer.statusCode, bodyOf(answer)]).toEqual([503, NOT_SENT]);
    }
  });
});
