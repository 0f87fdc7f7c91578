import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';

export let database: TestDatabase;
export let core: TestCore;

/** Gives the suite a database, and a core that serves all of its tests. */
export function useCore(): void {
  beforeAll(async () => {
    database = await startTestDatabase();
    core = makeTestCore(database.store);
  });
  afterAll(() => database?.stop());
}
