import fc from 'fast-check';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import { LinkHistory, linkHistories } from './link-history.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  // The keys of sessions are made once.
  await makeUserCore(database).core.readKeys();
});
afterAll(() => database.stop());

/** Several tests of some histories each, so that a slow machine has time for each. */
test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'whatever happens to linked login methods, and wherever a process dies, no two primary users share a contact (%i)',
  () =>
    fc.assert(
      fc.asyncProperty(linkHistories, (steps) => new LinkHistory(database).play(steps)),
      { numRuns: 7 },
    ),
);
