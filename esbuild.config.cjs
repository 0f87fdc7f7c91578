// serverless-esbuild requires a CommonJS file.
const { serverlessBundling } = require('./lib/build/bundling.ts');

module.exports = serverlessBundling;
