import { fileURLToPath } from 'node:url';
import { project } from '../../jest.config.js';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** The tests that Stryker runs on each mutant: enough to find nearly all, and few enough to be quick. */
const TESTS = [
  'core/session/{access-token,refresh-token,derived-successor,rotation-decisions,listing}',
  'core/session/operations/*',
  'core/keys/{keyring,published-keys,replace-keys,rsa,signing-keys-store}',
  'supertokens/sdk-seams',
];

export default {
  ...project(
    'mutation',
    TESTS.map((tests) => `<rootDir>/test/${tests}.test.ts`),
    ['/node_modules/'],
  ),
  rootDir: '../..',
  testTimeout: 30_000,
  testEnvironment: here('first-failure.cjs'),
  testSequencer: here('quickest-first.cjs'),
};
