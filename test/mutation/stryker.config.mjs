import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `npm run test:mutation`: changes the code of tokens, sessions' rules and keys in each way that Stryker knows, and sees
 * whether a test fails. What survives, and why, is in survivors.md.
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: [
    'lib/core/session/rules/*.ts',
    'lib/core/keys/*.ts',
    'lib/core/session/operations/{tokens,verify-session}.ts',
    'lib/supertokens/sdk-seams.ts',
  ],
  testRunner: 'jest',
  jest: { configFile: 'test/mutation/jest.config.js' },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // Outside the project, where another run of jest would find the copies.
  tempDirName: join(tmpdir(), 'mutation-testing'),
  // All that the copy needs. tsconfig.json is not in it: Stryker would rewrite it with an API that TypeScript 7 lacks.
  ignorePatterns: ['/*', '!/lib', '!/test', '!/package.json', '!/jest.config.js'],
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { reportTests: false },
  jsonReporter: { fileName: '.build/mutation.json' },
  thresholds: { high: 95, low: 90, break: 90 },
};
