import { type Attempts, type AttemptsOptions, createAttempts } from '../../lib/login/attempts.ts';
import { ManualClock, startTestDatabase, type TestDatabase } from '../fixtures/core.ts';

export let database: TestDatabase;
export let clock: ManualClock;
export let attempts: Attempts;
export let email: string;

/** Attempts in the suite's table, by the test's clock. */
export const makeAttempts = (options: Partial<AttemptsOptions> = {}): Attempts =>
  createAttempts({ db: database.db, table: database.tables.users, clock: clock.now, ...options });

/** Gives the suite a database. Each test has a whole hour and an e-mail of its own, so its counters are its own. */
export function useAttempts(): void {
  let run = 0;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());
  beforeEach(() => {
    run++;
    email = `ann${run}@example.org`;
    clock = new ManualClock(Date.UTC(2026, 10, 23, run));
    attempts = makeAttempts();
  });
}
