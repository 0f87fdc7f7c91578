import fc from 'fast-check';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import type { HistoryDatabase } from './installation.ts';

/** Random histories of one kind, and how they are played. */
export interface Histories<Step> {
  readonly of: fc.Arbitrary<Step[]>;
  play(database: HistoryDatabase, steps: readonly Step[]): Promise<void>;
  /** How many tests there are, and how many histories each plays. A slow machine has time for each test. */
  readonly tests: number;
  readonly runs: number;
  /** Histories that have found a fault. They are played first. */
  readonly examples?: readonly Step[][];
}

/** Plays the histories on one database. */
export function describeHistories<Step>(
  title: string,
  { of, play, tests, runs, examples = [] }: Histories<Step>,
): void {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase();
    // The keys of sessions are made once.
    await makeUserCore(database).core.readKeys();
  });
  afterAll(() => database.stop());

  const numbers = Array.from({ length: tests }, (_, index) => index + 1);
  test.each(numbers)(`${title} (%i)`, (number) =>
    fc.assert(
      fc.asyncProperty(of, (steps) => play(database, steps)),
      { numRuns: runs, examples: number === 1 ? examples.map((steps) => [steps]) : [] },
    ),
  );
}
