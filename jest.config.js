// @ts-check
// For an editor that runs a test with a Node.js of its own.
import './lib/tools/check-install.mjs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Jest does not find these by itself, because they have no CommonJS part. */
const fileOf = (/** @type {string} */ name) => fileURLToPath(import.meta.resolve(name));

const SLOW = '<rootDir>/test/**/*.slow.test.ts';
const IGNORED = ['/node_modules/'];

/**
 * A jest project: some of the tests, by the patterns of their paths.
 * @param {string} displayName
 * @param {string[]} testMatch
 */
export const project = (displayName, testMatch, testPathIgnorePatterns = IGNORED) => ({
  displayName,
  testMatch,
  testPathIgnorePatterns,
  setupFiles: ['<rootDir>/test/patient-calls.ts'],
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
  // middy and jose are ES modules.
  moduleNameMapper: Object.fromEntries(['@middy/core', '@middy/util'].map((name) => [`^${name}$`, fileOf(name)])),
  transformIgnorePatterns: ['/node_modules/(?!@middy/|jose/)'],
});

/** The tests in Chromium are a run of their own: test/browser/jest.config.js. */
const NOT_FAST = [...IGNORED, '\\.slow\\.test\\.ts$', '<rootDir>/test/browser/'];

export const fast = project('fast', ['<rootDir>/test/**/*.test.ts'], NOT_FAST);
export const slow = project('slow', [SLOW]);

export const options = {
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  // Tests wait for conditions. A limit only ends what hangs, also on a machine that is five times slower, or busy.
  testTimeout: 300_000,
  // A worker that has ended frees some 500 MB. On a busy machine that takes longer than jest's half a second.
  workerGracefulExitTimeout: 30_000,
  // More than there are cores: tests of time limits and of started services wait for much of their time.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testSequencer: '<rootDir>/test/longest-first.ts',
  reporters: ['default', '<rootDir>/test/reporter.ts'],
};

/** `npx jest <pattern>` finds fast and slow tests alike. `npm test` and `npm run test:slow` have configurations of their own. */
export default { projects: [fast, slow], ...options };
