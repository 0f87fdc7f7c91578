import { randomUUID } from 'node:crypto';
import type { VerifySessionOptions } from 'supertokens-node/recipe/session';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import {
  bodyOf,
  invoke,
  sessionEnvironment,
  startFunction,
  userEnvironment,
  verifyEnvironment,
} from '../fixtures/lambda.ts';
import { authenticate, bearer, logInWith } from '../fixtures/log-in.ts';

const REQUIRED = { EMAIL_VERIFICATION_MODE: 'REQUIRED' };

let database: TestDatabase;
let user: { readonly handler: LambdaHandler; readonly tokenFor: (userId: string) => Promise<string> };
beforeAll(async () => {
  database = await startTestDatabase();
  user = await startFunction({ ...userEnvironment(database.endpoint, database.tables), ...REQUIRED }, async () => {
    const { handler } = await import('../../handlers/user.ts');
    const { default: EmailVerification } = await import('supertokens-node/recipe/emailverification');
    const { default: SuperTokens } = await import('supertokens-node');
    return {
      handler,
      async tokenFor(userId: string) {
        const result = await EmailVerification.createEmailVerificationToken(
          'public',
          SuperTokens.convertToRecipeUserId(userId),
        );
        return result.status === 'OK' ? result.token : '';
      },
    };
  });
});
afterAll(() => database?.stop());

const environments = { 'a verifying function': verifyEnvironment, 'a session function': sessionEnvironment };
const ok = async () => ({ statusCode: 204 });

type Options = VerifySessionOptions & { readonly sessionRequired?: true };

const route = (name: keyof typeof environments, options: () => Promise<Options>, mode = {}) =>
  startFunction({ ...environments[name](database.endpoint, database.tables), ...mode }, async () =>
    (await import('../../lib/index.ts')).protectedRoute(ok, await options()),
  );

const newEmail = () => `${randomUUID()}@example.com`;

describe.each(['a verifying function', 'a session function'] as const)('%s', (name) => {
  test('with EMAIL_VERIFICATION_MODE=REQUIRED rejects a user until the e-mail is verified', async () => {
    const handler = await route(name, async () => ({}), REQUIRED);
    const email = newEmail();
    const { headers, userId } = await authenticate(user.handler, '/auth/signup', email);
    const refused = await invoke(handler, 'GET', '/', { headers });
    expect([refused.statusCode, bodyOf(refused)]).toMatchObject([403, { claimValidationErrors: [{ id: 'st-ev' }] }]);

    const body = { method: 'token', token: await user.tokenFor(userId) };
    expect(bodyOf(await invoke(user.handler, 'POST', '/auth/user/email/verify', { body }))).toMatchObject({
      status: 'OK',
    });
    const verified = await authenticate(user.handler, '/auth/signin', email);
    expect((await invoke(handler, 'GET', '/', { headers: verified.headers })).statusCode).toBe(204);
  });

  test('with EMAIL_VERIFICATION_MODE=REQUIRED rejects a log-in without an e-mail', async () => {
    const handler = await route(name, async () => ({}), REQUIRED);
    const headers = bearer(await logInWith(userEnvironment(database.endpoint, database.tables)));
    expect((await invoke(handler, 'GET', '/', { headers })).statusCode).toBe(403);
  });

  test('lets a route take the check out, and asks for nothing by default', async () => {
    const { headers } = await authenticate(user.handler, '/auth/signup', newEmail());
    const free = await route(name, async () => ({ overrideGlobalClaimValidators: () => [] }), REQUIRED);
    expect((await invoke(free, 'GET', '/', { headers })).statusCode).toBe(204);
    const optional = await route(name, async () => ({}));
    expect((await invoke(optional, 'GET', '/', { headers })).statusCode).toBe(204);
  });

  test('judges a role that the token does not have without asking for it', async () => {
    const handler = await route(name, async () => {
      const { UserRoleClaim } = await import('supertokens-node/recipe/userroles');
      return { overrideGlobalClaimValidators: () => [UserRoleClaim.validators.includes('admin')] };
    });
    const headers = bearer(await logInWith(userEnvironment(database.endpoint, database.tables)));
    const answer = await invoke(handler, 'GET', '/', { headers });
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([403, { claimValidationErrors: [{ id: 'st-role' }] }]);
  });
});

test('a user without a verified e-mail can sign out everywhere', async () => {
  const environment = { ...sessionEnvironment(database.endpoint, database.tables), ...REQUIRED };
  const { handler } = await startFunction(environment, () => import('../../handlers/signout-everywhere.ts'));
  const { headers } = await authenticate(user.handler, '/auth/signup', newEmail());
  const answer = await invoke(handler, 'POST', '/signout-everywhere', { headers });
  expect([answer.statusCode, bodyOf(answer)]).toEqual([200, { revoked: 1, complete: true }]);
});

test('a recipe that requires verified e-mails keeps its function from starting, unless every function does', async () => {
  const start = (mode: Readonly<Record<string, string>>) =>
    startFunction({ ...userEnvironment(database.endpoint, database.tables), ...mode }, async () => {
      const { userRoutes } = await import('../../lib/http/user-routes.ts');
      const { mailLanguages } = await import('../../lib/app/mails/languages.ts');
      const { default: EmailPassword } = await import('supertokens-node/recipe/emailpassword');
      const { default: EmailVerification } = await import('supertokens-node/recipe/emailverification');
      const { default: Session } = await import('supertokens-node/recipe/session');
      const recipes = [EmailPassword.init(), EmailVerification.init({ mode: 'REQUIRED' }), Session.init()];
      return userRoutes(recipes, mailLanguages);
    });
  await expect(start({})).rejects.toThrow('Set EMAIL_VERIFICATION_MODE=REQUIRED');
  expect(await start(REQUIRED)).toBeInstanceOf(Function);
});
