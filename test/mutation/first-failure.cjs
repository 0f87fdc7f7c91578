const { TestEnvironment } = require('jest-environment-node');

/** The mutant that a test has found. Stryker tries them one after the other, each in a run of jest. */
let found;
const mutant = () => process.env.__STRYKER_ACTIVE_MUTANT__;

/** Skips what is left once a test has failed: one is enough, and jest's own `bail` does nothing where Stryker runs it. */
module.exports = class extends TestEnvironment {
  async handleTestEvent({ name, test }) {
    if (mutant() === undefined) return;
    if (name === 'test_start' && found === mutant()) test.mode = 'skip';
    if (name === 'test_done' && test.errors.length > 0) found = mutant();
  }
};
