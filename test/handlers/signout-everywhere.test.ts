import { randomUUID } from 'node:crypto';
import type { UserId } from '../../lib/core/types.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import {
  type Answer,
  bodyOf,
  invoke,
  sessionEnvironment,
  startFunction,
  verifyEnvironment,
} from '../fixtures/lambda.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

const sessionFunction = <T>(load: () => Promise<T>) =>
  startFunction(sessionEnvironment(database.endpoint, database.tables), load);
const verifyingFunction = <T>(load: () => Promise<T>) =>
  startFunction(verifyEnvironment(database.endpoint, database.tables), load);

const bearer = ({ headers }: Answer) => ({ authorization: `Bearer ${headers['st-access-token']}` });

async function logIn(userId: string = randomUUID()): Promise<Record<string, string>> {
  const handler = await sessionFunction(async () => {
    const { publicRoute } = await import('../../lib/index.ts');
    const { startSession } = await import('../../lib/http/start-session.ts');
    return publicRoute((request) => startSession(request, 200, userId as UserId));
  });
  return bearer(await invoke(handler, 'POST', '/', { headers: { 'st-auth-mode': 'header' } }));
}

describe('POST /signout-everywhere', () => {
  const signOut = async (headers: Record<string, string>) => {
    const { handler } = await sessionFunction(() => import('../../handlers/signout-everywhere.ts'));
    return invoke(handler, 'POST', '/signout-everywhere', { headers });
  };

  test('revokes every session of the user, clears the tokens, and is closed to revoked sessions at once', async () => {
    const userId = randomUUID();
    const [phone, laptop, other] = [await logIn(userId), await logIn(userId), await logIn()];
    const answer = await signOut(laptop);
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'front-token': 'remove', 'st-access-token': '' } });
    expect(bodyOf(answer)).toEqual({ revoked: 2 });
    for (const revoked of [phone, laptop]) expect((await signOut(revoked)).statusCode).toBe(401);
    expect(bodyOf(await signOut(other))).toEqual({ revoked: 1 });
  });

  test('is a session function: without the tables it does not start', async () => {
    const load = () => import('../../handlers/signout-everywhere.ts');
    await expect(verifyingFunction(load)).rejects.toThrow(/checkDatabase needs the session tables/);
  });
});
