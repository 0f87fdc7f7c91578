import { relative } from 'node:path';
import { serverlessBundling } from '../../lib/build/bundling.ts';

// serverless-esbuild deletes its folder at the end of a packaging. lib/dev/api-process.ts has the folders of npm run dev.
test('npm run package and npm run deploy do not delete the bundles of an API that npm run dev runs', () => {
  const { outputWorkFolder } = serverlessBundling({ service: { functions: {} } });
  expect(relative(outputWorkFolder, '.esbuild/3001')).toBe('../3001');
});
