import { type EmbeddedDynamoDb, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { type Exchange, loadScenarios, type Run, type Scenario, type Wait } from './exchange.ts';
import { replay } from './replay.ts';
import { describeSettings } from './settings.ts';
import { createInProcessTarget, type Target } from './target.ts';

/** Longer than the three seconds by which a recorded time may be missed. */
const PAUSE = 4000;

/** With a client that pauses: a time that is counted from an earlier moment than it should be shows only then. */
const slowly = (run: Run): Run => ({
  ...run,
  steps: run.steps.flatMap((step): (Exchange | Wait)[] => [{ wait: PAUSE }, step]),
});

/** Answers with times of the session's creation, or of a token that is replaced, which were recorded without a pause. */
const REPEATS_EARLIER_TIMES = /^(GET \S*\/recipe\/session\?|POST \S*\/recipe\/session\/regenerate|PUT )/;

const isForAnyPace = (step: Exchange | Wait): boolean =>
  !('wait' in step || REPEATS_EARLIER_TIMES.test(`${step.request.method} ${step.request.path}`));

/** All are replayed with one core. */
const takesAnyCore = ({ config, isFresh }: Scenario): boolean =>
  describeSettings(config) === 'default settings' && !isFresh;

let database: EmbeddedDynamoDb;
let target: Target;
beforeAll(async () => {
  database = await startEmbeddedDynamoDb();
  target = createInProcessTarget(await connectTestDatabase(database.endpoint), {});
});
afterAll(() => database.stop());

const RUNS = loadScenarios()
  .filter(takesAnyCore)
  .flatMap(({ scenario, runs }) => runs.map((run) => ({ name: `${scenario}, CDI ${[run.cdi].flat().join('/')}`, run })))
  .filter(({ run }) => run.steps.every(isForAnyPace));

describe('A core answers a client that pauses as recorded', () => {
  test.each(RUNS)('$name', async ({ run }) => {
    expect(await replay(slowly(run), target)).toEqual([]);
  });
});
