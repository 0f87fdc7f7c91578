const FOLDERS = ['contract', 'conformance', 'property', 'offline'];

const project = (displayName, testMatch, testPathIgnorePatterns) => ({
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
      FOLDERS.map((folder) => `<rootDir>/test/${folder}/`),
    ),
    ...FOLDERS.map((folder) => project(folder, [`<rootDir>/test/${folder}/**/*.test.ts`], ['/node_modules/'])),
  ],
  testTimeout: 30_000,
  // jest would leave one of two cores idle.
  maxWorkers: '100%',
};
