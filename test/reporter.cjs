/** A skipped test gives its reason in its title: `… (skipped: there is no Java)`. */
const REASON = /\(skipped: (.+)\)/;

/** Says at once what runs, and in the end why tests were skipped: each reason once. */
module.exports = class {
  #workers;

  constructor({ maxWorkers }) {
    this.#workers = maxWorkers;
  }

  onRunStart({ numTotalTestSuites }) {
    process.stderr.write(`Running ${numTotalTestSuites} test suites, ${this.#workers} at a time.\n`);
  }

  onRunComplete(_contexts, { testResults }) {
    const skipped = testResults.flatMap((suite) => suite.testResults.filter(({ status }) => status === 'pending'));
    const reasons = new Set(skipped.map(({ fullName }) => REASON.exec(fullName)?.[1] ?? fullName));
    for (const reason of reasons) process.stderr.write(`Skipped: ${reason}\n`);
  }
};
