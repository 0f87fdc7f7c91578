import type { Config } from 'jest';

/** A skipped test gives its reason in its title: `… (skipped: there is no Java)`. */
const REASON = /\(skipped: (.+)\)/;

interface TestResult {
  readonly fullName: string;
  readonly status: string;
}

interface Results {
  readonly numTotalTestSuites: number;
  readonly testResults: readonly { readonly testResults: readonly TestResult[] }[];
}

/** Prints at once how many suites run, and at the end why tests were skipped: each reason once. */
export default class {
  readonly #workers: Config['maxWorkers'];

  constructor({ maxWorkers }: Config) {
    this.#workers = maxWorkers;
  }

  onRunStart({ numTotalTestSuites }: Results): void {
    process.stderr.write(`Test suites: ${numTotalTestSuites}, ${this.#workers} at a time.\n`);
  }

  onRunComplete(_contexts: unknown, { testResults }: Results): void {
    const skipped = testResults.flatMap((suite) => suite.testResults.filter(({ status }) => status === 'pending'));
    // A test without a reason was left out by --testNamePattern.
    const reasons = new Set(skipped.flatMap(({ fullName }) => REASON.exec(fullName)?.[1] ?? []));
    for (const reason of reasons) process.stderr.write(`Skipped: ${reason}\n`);
  }
}
