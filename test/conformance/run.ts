// npm run conformance [-- --url http://host:port [--settings name=value,…] [--api-key KEY]]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSettings } from './settings.ts';

const USAGE = `npm run conformance
    replays the recorded exchanges with our own core, in process
npm run conformance -- --url http://host:port
    replays them with a core at that URL. An official one must run with ACCESS_TOKEN_VALIDITY_JITTER=0.
    --settings name=value,…  settings that it runs with, if they are not the default: the scenarios run that need
                             exactly these (access_token_validity=2)
    --api-key KEY            an API key to send`;

function readOptions() {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ options: { url: text, settings: text, 'api-key': text } });
    parseSettings(values.settings ?? '');
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { url, settings, 'api-key': apiKey } = readOptions();
const jest = join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
const { status } = spawnSync(process.execPath, [jest, '--verbose', 'test/conformance/conformance.test.ts'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(url !== undefined && { CONFORMANCE_URL: url }),
    ...(settings !== undefined && { CONFORMANCE_SETTINGS: settings }),
    ...(apiKey !== undefined && { CONFORMANCE_API_KEY: apiKey }),
  },
});
process.exitCode = status ?? 1;
