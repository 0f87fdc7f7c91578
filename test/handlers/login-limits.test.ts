import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { bodyOf, invoke, sessionEnvironment, startFunction } from '../fixtures/lambda.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

test('the eleventh log-in from one address for one e-mail is 429 with Retry-After, also for an unknown one', async () => {
  const { handler } = await startFunction(
    sessionEnvironment(database.endpoint, database.tables),
    () => import('../../handlers/login.ts'),
  );
  const body = { email: 'nobody@example.com', password: 'correct horse battery' };
  const answers = await Promise.all(Array.from({ length: 11 }, () => invoke(handler, 'POST', '/login', { body })));
  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10);
  expect(refused).toHaveLength(1);
  const [{ headers, ...answer } = { headers: {} as Record<string, string> }] = refused;
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(900);
  expect(bodyOf({ headers, ...answer })).toEqual({ message: 'Too many attempts. Please try again later.' });
});
