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
