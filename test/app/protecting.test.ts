import { randomUUID } from 'node:crypto';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, sessionEnvironment, startFunction, verifyEnvironment } from '../fixtures/lambda.ts';
import { bearer, logInWith } from '../fixtures/log-in.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

const sessionFunction = <T>(load: () => Promise<T>) =>
  startFunction(sessionEnvironment(database.endpoint, database.tables), load);
const verifyingFunction = <T>(load: () => Promise<T>) =>
  startFunction(verifyEnvironment(database.endpoint, database.tables), load);

const logIn = async (userId: string = randomUUID()) =>
  bearer(await logInWith(sessionEnvironment(database.endpoint, database.tables), { userId }));

/** As a session function gives a role; the answer has the new access token. */
async function giveRoles(headers: Record<string, string>, roles: string[]): Promise<Record<string, string>> {
  const handler = await sessionFunction(async () => {
    const { protectedRoute } = await import('../../lib/index.ts');
    const { RolesClaim } = await import('../../lib/app/roles.ts');
    return protectedRoute(async ({ session }) => {
      await session.setClaimValue(RolesClaim, roles);
      return { statusCode: 204 };
    });
  });
  return bearer(await invoke(handler, 'POST', '/', { headers }));
}

describe('GET /admin-report', () => {
  const askFor = async (headers: Record<string, string>) => {
    const { handler } = await verifyingFunction(() => import('../../handlers/admin-report.ts'));
    return invoke(handler, 'GET', '/admin-report', { headers });
  };

  test('is for the role admin, which a session function has put into the access token', async () => {
    const userId = randomUUID();
    const user = await logIn(userId);
    expect(await askFor(user)).toMatchObject({ statusCode: 403 });
    expect(await askFor(await giveRoles(user, ['editor']))).toMatchObject({ statusCode: 403 });
    const admin = await askFor(await giveRoles(user, ['editor', 'admin']));
    expect(admin.statusCode).toBe(200);
    expect(bodyOf(admin)).toEqual({ preparedFor: userId });
  });

  test('says which claim is missing, and that no user is logged in', async () => {
    expect(bodyOf(await askFor(await logIn()))).toEqual({
      code: 'invalid_claim',
      message: 'invalid claim',
      claimValidationErrors: [{ id: 'st-role', reason: expect.objectContaining({ expectedToInclude: 'admin' }) }],
    });
    expect((await askFor({})).statusCode).toBe(401);
  });
});

describe('GET /greeting', () => {
  const askFor = async (headers: Record<string, string>) => {
    const { handler } = await verifyingFunction(() => import('../../handlers/greeting.ts'));
    return invoke(handler, 'GET', '/greeting', { headers });
  };

  test('is for guests too', async () => {
    const userId = randomUUID();
    expect(bodyOf(await askFor({}))).toEqual({ hello: 'guest' });
    expect(bodyOf(await askFor(await logIn(userId)))).toEqual({ hello: userId });
  });

  test('a token that is forged is not taken for a guest', async () => {
    const { authorization = '' } = await logIn();
    const forged = { authorization: `${authorization.slice(0, -8)}AAAAAAAA` };
    expect((await askFor(forged)).statusCode).toBe(401);
  });
});
