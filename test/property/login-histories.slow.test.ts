import fc from 'fast-check';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import { LoginHistory } from './login-history.ts';
import { loginHistories } from './login-steps.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  // The keys of sessions are made once.
  await makeUserCore(database).core.readKeys();
});
afterAll(() => database.stop());

/** Several tests of 40 histories each, so that a slow machine has time for each. */
test.each([1, 2, 3])(
  'whatever happens to users of providers and of codes, and wherever a process dies, the core answers what the contract says (%i)',
  () =>
    fc.assert(
      fc.asyncProperty(loginHistories, (steps) => new LoginHistory(database).play(steps)),
      { numRuns: 40 },
    ),
);
