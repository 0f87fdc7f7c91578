import { randomUUID } from 'node:crypto';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, startFunction, userEnvironment, verifyEnvironment } from '../fixtures/lambda.ts';
import { authenticate, bearer } from '../fixtures/log-in.ts';

let database: TestDatabase;
let user: { readonly handler: LambdaHandler; readonly giveRole: (userId: string, role: string) => Promise<unknown> };
beforeAll(async () => {
  database = await startTestDatabase();
  user = await startFunction(userEnvironment(database.endpoint, database.tables), async () => {
    const { handler } = await import('../../handlers/user.ts');
    const { default: UserRoles } = await import('supertokens-node/recipe/userroles');
    return {
      handler,
      async giveRole(userId: string, role: string) {
        await UserRoles.createNewRoleOrAddPermissions(role, [`${role}:read`]);
        return UserRoles.addRoleToUser('public', userId, role);
      },
    };
  });
});
afterAll(() => database?.stop());

const verifying = <T>(load: () => Promise<T>) =>
  startFunction(verifyEnvironment(database.endpoint, database.tables), load);

async function adminSession(): Promise<Record<string, string>> {
  const email = `${randomUUID()}@example.com`;
  const { userId } = await authenticate(user.handler, '/auth/signup', email);
  await user.giveRole(userId, 'admin');
  return (await authenticate(user.handler, '/auth/signin', email)).headers;
}

test('GET /admin-report is for users who have SuperTokens’ role admin', async () => {
  const { handler } = await verifying(() => import('../../handlers/admin-report.ts'));
  const { headers } = await authenticate(user.handler, '/auth/signup', `${randomUUID()}@example.com`);
  expect(await invoke(handler, 'GET', '/admin-report', { headers })).toMatchObject({ statusCode: 403 });
  const admin = await invoke(handler, 'GET', '/admin-report', { headers: await adminSession() });
  expect(admin).toMatchObject({ statusCode: 200 });
});

describe('a verifying function judges by the token alone, without the recipes', () => {
  const claims = async () => ({
    ...(await import('supertokens-node/recipe/userroles')),
    ...(await import('supertokens-node/recipe/emailverification')),
    ...(await import('../../lib/index.ts')),
  });
  const ok = async () => ({ statusCode: 204 });

  test('by UserRoleClaim', async () => {
    const handler = await verifying(async () => {
      const { protectedRoute, UserRoleClaim } = await claims();
      return protectedRoute(ok, {
        overrideGlobalClaimValidators: (validators) => [...validators, UserRoleClaim.validators.includes('admin')],
      });
    });
    const { headers } = await authenticate(user.handler, '/auth/signup', `${randomUUID()}@example.com`);
    expect((await invoke(handler, 'GET', '/', { headers })).statusCode).toBe(403);
    expect((await invoke(handler, 'GET', '/', { headers: await adminSession() })).statusCode).toBe(204);
  });

  test('by PermissionClaim and EmailVerificationClaim', async () => {
    const handler = await verifying(async () => {
      const { protectedRoute, PermissionClaim, EmailVerificationClaim } = await claims();
      return protectedRoute(ok, {
        overrideGlobalClaimValidators: () => [
          PermissionClaim.validators.includes('admin:read'),
          // The claim of an unverified user counts as old at once.
          EmailVerificationClaim.validators.isVerified(0),
        ],
      });
    });
    const answer = await invoke(handler, 'GET', '/', { headers: await adminSession() });
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([403, { claimValidationErrors: [{ id: 'st-ev' }] }]);
  });

  test('by a claim that the token does not have', async () => {
    const handler = await verifying(async () => {
      const { sessionAuthorizer, protectedRoute, UserRoleClaim } = await claims();
      const options = { overrideGlobalClaimValidators: () => [UserRoleClaim.validators.includes('admin')] };
      expect(sessionAuthorizer(options)).toBeInstanceOf(Function);
      return protectedRoute(ok, options);
    });
    const { logInWith } = await import('../fixtures/log-in.ts');
    const headers = bearer(await logInWith(userEnvironment(database.endpoint, database.tables)));
    const answer = await invoke(handler, 'GET', '/', { headers });
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([403, { claimValidationErrors: [{ id: 'st-role' }] }]);
  });
});
