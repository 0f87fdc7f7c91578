import TestSequencer from '@jest/test-sequencer';

type Tests = Parameters<TestSequencer['sort']>[0];

/** The suites that take longest, the longest first. */
export const LONGEST: readonly string[] = [
  'test/offline/dev-command.slow.test.ts',
  'test/tools/migrate/volume.slow.test.ts',
  'test/build/package-corpus.slow.test.ts',
  'test/contract/dynamodb-local.slow.test.ts',
  'test/docs/stack.slow.test.ts',
  'test/build/configuration-checks.slow.test.ts',
  'test/contract/dynalite-linking.slow.test.ts',
  'test/tools/setup/setup-command.slow.test.ts',
  'test/upgrade/merge.slow.test.ts',
];

const rankOf = (path: string): number => {
  const rank = LONGEST.findIndex((suite) => path.endsWith(`/${suite}`));
  return rank === -1 ? LONGEST.length : rank;
};

/**
 * Starts the suites that take longest first: a run then ends with short ones, which keep every core busy. Jest sorts by the times of
 * an earlier run, which a new clone does not have.
 */
export default class LongestFirst extends TestSequencer {
  override sort(tests: Tests): Tests {
    return (super.sort(tests) as Tests).toSorted((one, other) => rankOf(one.path) - rankOf(other.path));
  }
}
