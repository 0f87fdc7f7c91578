import { project } from '../../jest.config.js';

/** `npm run test:browser`: what needs a Chromium, and is no part of `npm test`. */
export default {
  ...project('browser', ['<rootDir>/test/browser/**/*.test.ts'], ['/node_modules/']),
  rootDir: '../..',
  globalSetup: '<rootDir>/test/browser/global-setup.ts',
  globalTeardown: '<rootDir>/test/browser/global-teardown.ts',
  testTimeout: 180_000,
  // More than there are cores: much of the time the tests wait for tokens to expire.
  maxWorkers: 3,
};
