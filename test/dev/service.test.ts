import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { startLocalService } from '../../lib/dev/service.ts';
import { freePort } from '../fixtures/free-port.ts';

const CONFIG = 'serverless.without-plugin.yml';

test('a serverless.yml that an update has left without its plugin is named, and nothing starts', async () => {
  writeFileSync(CONFIG, readFileSync('serverless.yml', 'utf8').replace('  - ./lib/dev/serverless-like-aws.ts\n', ''));
  try {
    const options = { port: await freePort(), websiteDomain: 'http://localhost:3000', serverlessConfig: CONFIG };
    await expect(startLocalService(options)).rejects.toThrow(
      `${CONFIG} has no plugin ./lib/dev/serverless-like-aws.ts. Add it before serverless-esbuild.`,
    );
  } finally {
    rmSync(CONFIG);
  }
});
