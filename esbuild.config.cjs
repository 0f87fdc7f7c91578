const { join } = require('node:path');
const { inlinePage } = require('./lib/build/inline-page.cjs');
const { leanEntry } = require('./lib/build/lean-entry.cjs');
const { plainFunctions } = require('./lib/build/plain-functions.cjs');
const { publicSuffixes } = require('./lib/build/public-suffixes.cjs');
const { rawAnswers } = require('./lib/build/raw-answers.cjs');
const { sessionOnly } = require('./lib/build/session-only.cjs');
const { shortNames } = require('./lib/build/short-names.cjs');

/** How serverless-esbuild bundles each function. */
module.exports = () => ({
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  // By the plugin shortNames instead, and not in development.
  minifyIdentifiers: false,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // package.json says "type": "module"; the bundles are CommonJS, which a cold Lambda loads faster.
  outputFileExtension: '.cjs',
  exclude: [],
  // Services that run side by side, as in the tests, must not share it.
  outputWorkFolder: process.env.ESBUILD_WORK_FOLDER ?? '.esbuild',
  // What `npm run dev` rebuilds on.
  watch: { pattern: ['handlers/**/*.ts', 'lib/**/*.ts', 'web/**/*'], ignore: [] },
  logLevel: 'warning',
  alias: {
    // The SDK asks for node-fetch, 310 KB with what it needs, though Node has fetch itself.
    'cross-fetch': join(__dirname, 'lib/build/native-fetch.cjs'),
    // debug takes it if it happens to be there, as it is here for the sake of tools.
    'supports-color': join(__dirname, 'lib/build/no-colors.cjs'),
  },
  plugins: [
    sessionOnly(),
    publicSuffixes(),
    rawAnswers(),
    inlinePage(),
    plainFunctions(),
    ...(process.env.READABLE_BUNDLES === 'on' ? [] : [shortNames()]),
    leanEntry(),
  ],
});
