// npm run conformance [-- --url http://host:port [--settings name=value,…] [--api-key KEY]]
import { spawnSync } from 'node:child_process';
import { fileOfPackage } from '../../lib/dev/installed-packages.ts';
import { readOptions } from '../fixtures/command-options.ts';
import { parseSettings } from './settings.ts';

const USAGE = `npm run conformance
    replays the recorded exchanges with our core, in this process
npm run conformance -- --url http://host:port
    replays them with a core at that URL. An official core must run with ACCESS_TOKEN_VALIDITY_JITTER=0.
    --settings name=value,…  settings of that core that are not the default, such as access_token_validity=2. Only
                             scenarios that need exactly these run
    --api-key KEY            an API key of that core`;

const text = { type: 'string' } as const;
const options = readOptions(USAGE, { url: text, settings: text, 'api-key': text }, (values) => {
  parseSettings(values.settings ?? '');
  return values;
});
const { url, settings, 'api-key': apiKey } = options;
const jest = fileOfPackage('jest', 'bin/jest.js');
const { status } = spawnSync(process.execPath, [jest, '--verbose', 'test/conformance/conformance.slow.test.ts'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(url !== undefined && { CONFORMANCE_URL: url }),
    ...(settings !== undefined && { CONFORMANCE_SETTINGS: settings }),
    ...(apiKey !== undefined && { CONFORMANCE_API_KEY: apiKey }),
  },
});
process.exitCode = status ?? 1;
