import { relative } from 'node:path';
import type { Config } from 'jest';

/** A skipped test gives its reason in its title: `… (skipped: there is no Java)`. */
const REASON = /\(skipped: (.+)\)/;

interface TestResult {
  readonly fullName: string;
  readonly status: string;
}

interface SuiteResult {
  readonly testFilePath: string;
  /** In milliseconds. */
  readonly perfStats: { readonly runtime: number };
  readonly testResults: readonly TestResult[];
}

interface Results {
  readonly numTotalTestSuites: number;
  readonly testResults: readonly SuiteResult[];
}

/** As many suites are named with their times, if there are a lot more. */
const LONGEST = 5;

/**
 * Prints at once how many suites run. At the end it prints why tests were skipped, each reason once, and which suites took
 * longest.
 */
export default class {
  readonly #workers: Config['maxWorkers'];
  readonly #rootDir: string;

  constructor({ maxWorkers, rootDir }: Config) {
    this.#workers = maxWorkers;
    this.#rootDir = rootDir ?? process.cwd();
  }

  onRunStart({ numTotalTestSuites }: Results): void {
    process.stderr.write(`Test suites: ${numTotalTestSuites}, ${this.#workers} at a time.\n`);
  }

  onRunComplete(_contexts: unknown, { testResults }: Results): void {
    const skipped = testResults.flatMap((suite) => suite.testResults.filter(({ status }) => status === 'pending'));
    // A test without a reason was left out by --testNamePattern.
    const reasons = new Set(skipped.flatMap(({ fullName }) => REASON.exec(fullName)?.[1] ?? []));
    for (const reason of reasons) process.stderr.write(`Skipped: ${reason}\n`);
    if (testResults.length > 2 * LONGEST) process.stderr.write(`${this.#longest(testResults)}\n`);
  }

  #longest(suites: readonly SuiteResult[]): string {
    const seconds = ({ perfStats }: SuiteResult): number => perfStats.runtime / 1000;
    const total = suites.reduce((sum, suite) => sum + seconds(suite), 0);
    const longest = suites.toSorted((one, other) => seconds(other) - seconds(one)).slice(0, LONGEST);
    const lines = longest.map(
      (suite) => `  ${seconds(suite).toFixed(1)} s  ${relative(this.#rootDir, suite.testFilePath)}`,
    );
    return [`The suites took ${total.toFixed(0)} s, one after the other. The longest:`, ...lines].join('\n');
  }
}
