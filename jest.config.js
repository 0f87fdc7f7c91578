const FOLDERS = ['contract', 'conformance', 'property', 'offline', 'docs', 'faults'];

/** A jest project: some of the tests, told apart by where they are. */
export const project = (displayName, testMatch, testPathIgnorePatterns) => ({
  displayName,
  testMatch,
  testPathIgnorePatterns,
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
  // middy and jose are ES modules.
  moduleNameMapper: { '^@middy/(core|util)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  transformIgnorePatterns: ['/node_modules/(?!@middy/|jose/)'],
});

export default {
  projects: [
    project(
      'unit',
      ['<rootDir>/test/**/*.test.ts'],
      // The browser's are another run: test/browser/jest.config.js.
      [...FOLDERS, 'browser'].map((folder) => `<rootDir>/test/${folder}/`),
    ),
    ...FOLDERS.map((folder) => project(folder, [`<rootDir>/test/${folder}/**/*.test.ts`], ['/node_modules/'])),
  ],
  testTimeout: 30_000,
  // jest would leave one of two cores idle.
  maxWorkers: '100%',
};
