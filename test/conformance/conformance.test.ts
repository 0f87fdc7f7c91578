import { type EmbeddedDynamoDb, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { loadScenarios, type Run, waitingTime } from './exchange.ts';
import { replay } from './replay.ts';
import { describeSettings, parseSettings, type Settings } from './settings.ts';
import { createInProcessTarget, createUrlTarget, type Target } from './target.ts';

// Set by run.ts; without a URL, our own core is replayed with in this process.
const { CONFORMANCE_URL: url, CONFORMANCE_API_KEY: apiKey, CONFORMANCE_SETTINGS } = process.env;
const settingsAtUrl = parseSettings(CONFORMANCE_SETTINGS ?? '');

let database: EmbeddedDynamoDb | undefined;
/** A target per settings, for keys take time to make. */
const targets = new Map<string, Promise<Target>>();

const targetWith = (settings: Settings): Promise<Target> => {
  const key = describeSettings(settings);
  const target = targets.get(key) ?? makeTarget(settings);
  targets.set(key, target);
  return target;
};

async function makeTarget(settings: Settings): Promise<Target> {
  // The scenarios about API keys send their own.
  if (url !== undefined) return createUrlTarget(url, settings, settings.api_keys === undefined ? apiKey : undefined);
  database ??= await startEmbeddedDynamoDb();
  const { store } = await connectTestDatabase(database.endpoint);
  return createInProcessTarget(store, settings);
}

afterAll(() => database?.stop());

const describeVersion = ({ cdi }: Run): string =>
  cdi === null ? 'no version asked for' : `CDI ${[cdi].flat().join(' and ') || '""'}`;

const canRun = (settings: Settings): boolean =>
  url === undefined || describeSettings(settings) === describeSettings(settingsAtUrl);

describe(`A core answers as recorded (${url ?? 'in process'})`, () => {
  for (const { scenario, config, runs } of loadScenarios()) {
    for (const run of runs) {
      const name = `${scenario}, ${describeVersion(run)}`;
      if (!canRun(config)) {
        test.skip(`${name}: needs ${describeSettings(config)}`, () => undefined);
        continue;
      }
      const timeout = 30_000 + (url === undefined ? 0 : waitingTime(run));
      test(name, async () => expect(await replay(run, await targetWith(config))).toEqual([]), timeout);
    }
  }
});
