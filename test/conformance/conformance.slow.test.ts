import { type EmbeddedDynamoDb, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { isAboutSessions, loadScenarios, type Run, type Scenario, waitingTime } from './exchange.ts';
import { replay } from './replay.ts';
import { describeSettings, parseSettings, type Settings } from './settings.ts';
import { createInProcessTarget, createSessionTarget, createUrlTarget, type Target } from './target.ts';

// Set by run.ts; without a URL, our own core is replayed with in this process.
const { CONFORMANCE_URL: url, CONFORMANCE_API_KEY: apiKey, CONFORMANCE_SETTINGS } = process.env;
const settingsAtUrl = parseSettings(CONFORMANCE_SETTINGS ?? '');

let database: EmbeddedDynamoDb | undefined;
/** A target per settings, for keys take time to make. */
const targets = new Map<string, Promise<Target>>();

type MakeTarget = typeof createInProcessTarget;

const targetWith = (settings: Settings, make: MakeTarget, isFresh: boolean): Promise<Target> => {
  const key = `${make.name} with ${describeSettings(settings)}`;
  const target = (isFresh ? undefined : targets.get(key)) ?? makeTarget(settings, make);
  targets.set(key, target);
  return target;
};

async function makeTarget(settings: Settings, make: MakeTarget): Promise<Target> {
  // The scenarios about API keys send their own.
  if (url !== undefined) return createUrlTarget(url, settings, settings.api_keys === undefined ? apiKey : undefined);
  database ??= await startEmbeddedDynamoDb();
  return make(await connectTestDatabase(database.endpoint), settings);
}

afterAll(() => database?.stop());

const describeVersion = ({ cdi }: Run): string =>
  cdi === null ? 'no version asked for' : `CDI ${[cdi].flat().join(' and ') || '""'}`;

/** Why a scenario cannot be replayed with the target. */
function obstacleOf({ config, isFresh }: Scenario): string | undefined {
  if (url === undefined) return undefined;
  if (describeSettings(config) !== describeSettings(settingsAtUrl)) return describeSettings(config);
  return isFresh ? 'a core without users' : undefined;
}

function describeScenario(scenario: Scenario, make: MakeTarget): void {
  const { config, isFresh } = scenario;
  const obstacle = obstacleOf(scenario);
  for (const run of scenario.runs) {
    const name = `${scenario.scenario}, ${describeVersion(run)}`;
    if (obstacle !== undefined) {
      test.skip(`${name} (skipped: needs ${obstacle})`, () => undefined);
      continue;
    }
    const timeout = 30_000 + (url === undefined ? 0 : waitingTime(run));
    test(name, async () => expect(await replay(run, await targetWith(config, make, isFresh))).toEqual([]), timeout);
  }
}

describe(`A core answers as recorded (${url ?? 'in process'})`, () => {
  for (const scenario of loadScenarios()) describeScenario(scenario, createInProcessTarget);
});

if (url === undefined) {
  describe('A core that keeps sessions alone answers as recorded', () => {
    for (const scenario of loadScenarios().filter(isAboutSessions)) describeScenario(scenario, createSessionTarget);
  });
}
