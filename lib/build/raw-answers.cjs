/**
 * An esbuild plugin that leaves out of aws-lite how it reads XML and converts attribute values, 50 KB: lib/dynamodb/call.ts
 * has its answers raw. What is asked to do either all the same throws an error that says so.
 */
const rawAnswers = () => ({
  name: 'raw-answers',
  setup(build) {
    build.onLoad({ filter: /[\\/]@aws-lite[\\/]client[\\/]src[\\/]_vendor[\\/](aws|xml)\.js$/ }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path.match(/@aws-lite.+/)[0]} is not in this bundle: see lib/build/raw-answers.cjs`)});`,
    }));
  },
});

module.exports = { rawAnswers };
