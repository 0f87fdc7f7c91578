const { readFileSync } = require('node:fs');
const Sequencer = require('@jest/test-sequencer').default;

const runsWholeCore = ({ path }) => readFileSync(path, 'utf8').includes('/fixtures/core.ts');

/** Tests of a module alone take milliseconds, and find most mutants: those of a whole core with its store come last. */
module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => runsWholeCore(a) - runsWholeCore(b));
  }
};
