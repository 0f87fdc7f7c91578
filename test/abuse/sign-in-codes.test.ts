import { randomUUID } from 'node:crypto';
import { ATTEMPT_LIMITS } from '../../lib/login/attempts.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, startFunction, userEnvironment } from '../fixtures/lambda.ts';
import { useMailbox } from '../fixtures/mailbox.ts';

let database: TestDatabase;
const mailbox = useMailbox();
let user: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  database = await startTestDatabase();
  user = await start();
});
afterAll(() => database?.stop());

/** The function user, and the codes that can be guessed. */
const start = () =>
  startFunction({ ...userEnvironment(database.endpoint, database.tables), DEV_MAILBOX_FOLDER: mailbox }, async () => {
    const { handler } = await import('../../handlers/user.ts');
    const { default: Passwordless } = await import('supertokens-node/recipe/passwordless');
    return { handler, codesOf: (email: string) => Passwordless.listCodesByEmail({ email, tenantId: 'public' }) };
  });

test('an attacker who asks for codes again and again does not get more that a guess can hit', async () => {
  const email = `${randomUUID()}@example.com`;
  let sources = 0;
  const ask = async (path: string, body: object) =>
    bodyOf(await invoke(user.handler, 'POST', `/auth/signinup/${path}`, { sourceIp: `10.0.0.${++sources}`, body }));
  const { deviceId, preAuthSessionId } = await ask('code', { email });
  // A window of attempts may end meanwhile, and another one begin.
  const most = 2 * ATTEMPT_LIMITS.codes;
  for (let count = 0; count < most + 10; count++) {
    await ask('code/resend', { deviceId, preAuthSessionId });
    await ask('code', { email });
  }
  const codes = (await user.codesOf(email)).flatMap((device) => device.codes);
  expect(codes.length).toBeGreaterThanOrEqual(ATTEMPT_LIMITS.codes);
  expect(codes.length).toBeLessThanOrEqual(most);
});
