import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type { UserId } from '../../lib/core/types.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import {
  type Answer,
  bodyOf,
  httpApiEvent,
  lambdaContext,
  sessionEnvironment,
  startFunction,
} from '../fixtures/lambda.ts';
import { bearer, logInWith } from '../fixtures/log-in.ts';
import { seedUser } from '../fixtures/seeded-user.ts';

const SESSIONS = 6000;
/** Of which 2 s are kept for the response, and 0.5 s for the function itself. */
const TIMEOUT = 4000;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

/** Of a function that has just been invoked. */
function invocation(): Context {
  const began = performance.now();
  return { ...lambdaContext, getRemainingTimeInMillis: () => TIMEOUT - (performance.now() - began) };
}

test(`a user with ${SESSIONS} sessions is signed out everywhere by repeated requests, each of which gets on`, async () => {
  const environment = sessionEnvironment(database.endpoint, database.tables);
  const userId = randomUUID() as UserId;
  const own = await logInWith(environment, { userId });
  await seedUser(database, userId, SESSIONS);
  const { handler } = await startFunction(environment, () => import('../../handlers/signout-everywhere.ts'));
  const event = httpApiEvent('POST', '/signout-everywhere', { headers: bearer(own) });
  const left = async () => (await database.store.sessions.list(userId, Date.now())).length;
  let before = SESSIONS + 1;
  for (let complete: unknown = false; complete !== true; ) {
    const answer = (await handler(event, invocation())) as Answer;
    // On a slow machine a page of sessions may take longer than the time that is kept for it.
    expect([200, 503]).toContain(answer.statusCode);
    ({ complete } = bodyOf(answer));
    expect(await left()).toBeLessThan(before);
    before = await left();
  }
  expect(before).toBe(0);
}, 300_000);
