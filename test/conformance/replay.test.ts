import { connectTestDatabase, startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { type Exchange, loadScenarios, type Run } from './exchange.ts';
import { replay } from './replay.ts';
import { type Answer, createInProcessTarget, type Target } from './target.ts';

// What the suite says of a wrong core: it must not pass one.

const scenarios = loadScenarios();
const RUNS = scenarios.flatMap(({ runs }) => runs);

function runOf(scenario: string, cdi: string): Run {
  const run = scenarios.find((each) => each.scenario === scenario)?.runs.find((each) => each.cdi === cdi);
  if (run === undefined) throw new Error(`${scenario} has no run for ${cdi}`);
  return run;
}

const answering = (answer: Answer): Target => ({
  ask: async () => answer,
  now: Date.now,
  wait: async () => undefined,
  readKeys: async () => ({ keys: [] }),
});

test('every exchange is loaded, and none twice', () => {
  const names = scenarios.map(({ scenario }) => scenario);
  expect(new Set(names).size).toBe(names.length);
  expect(RUNS.length).toBeGreaterThan(300);
  expect(RUNS.every(({ steps }) => steps.some((step) => 'request' in step))).toBe(true);
});

test.each<[string, Partial<Answer>]>([
  ['OK', { json: { status: 'OK' } }],
  ['nothing', { json: {} }],
  ['500', { status: 500, contentType: 'text/html;charset=UTF-8', body: 'Internal Error\n' }],
])('a core that always answers %s passes no run at all', async (_what, answer) => {
  const json = { status: 200, contentType: 'application/json;charset=UTF-8', cacheControl: undefined, body: '' };
  const faults = await Promise.all(RUNS.map((run) => replay(run, answering({ ...json, json: undefined, ...answer }))));
  expect(RUNS.filter((_run, index) => faults[index]?.length === 0)).toEqual([]);
});

describe('One wrong answer of an otherwise right core fails its run', () => {
  let database: TestDatabase;
  let right: Target;

  beforeAll(async () => {
    database = await startTestDatabase();
    right = createInProcessTarget(database, {});
  });
  afterAll(() => database.stop());

  /** The right core, but for the answer to one request. */
  const wrongAt = (nth: number, change: (answer: Answer) => Answer): Target => {
    let asked = 0;
    return {
      ...right,
      ask: async (request) => {
        const answer = await right.ask(request);
        asked += 1;
        return asked === nth ? change(answer) : answer;
      },
    };
  };

  const run = runOf('refresh/chain', '5.4');
  const requests = run.steps.filter((step): step is Exchange => 'request' in step).length;
  const withJson = (answer: Answer, members: object): Answer => ({
    ...answer,
    json: { ...(answer.json as object), ...members },
  });

  test('and the right one passes it', async () => {
    expect(await replay(run, right)).toEqual([]);
  });

  test.each<[string, (answer: Answer) => Answer]>([
    ['another status', (answer) => ({ ...answer, status: 201 })],
    ['another content type', (answer) => ({ ...answer, contentType: 'text/html;charset=UTF-8' })],
    ['a Cache-Control', (answer) => ({ ...answer, cacheControl: 'no-store' })],
    ['a member more', (answer) => withJson(answer, { more: 1 })],
    ['another member', (answer) => withJson(answer, { session: {} })],
    ['a body that is no JSON', (answer) => ({ ...answer, json: undefined })],
  ])('%s, at whatever step', async (_what, change) => {
    for (let nth = 1; nth <= requests; nth++) {
      const faults = await replay(run, wrongAt(nth, change));
      expect(faults.length).toBeGreaterThan(0);
    }
  });

  test('tokens signed with other keys than are published', async () => {
    const stranger = createInProcessTarget(await connectTestDatabase(database.endpoint), {});
    const faults = await replay(run, { ...right, readKeys: () => stranger.readKeys() });
    expect(faults).toEqual([expect.stringContaining('is no JWT that the target')]);
  });

  test('time that does not pass while a run waits', async () => {
    const target = createInProcessTarget(database, { access_token_validity: 2 });
    const waiting = runOf('verify/expired', '5.4');
    expect(await replay(waiting, { ...target, wait: async () => undefined })).not.toEqual([]);
    expect(await replay(waiting, target)).toEqual([]);
  });

  test('an answer with the tokens of the step before', async () => {
    let previous: Answer | undefined;
    const target: Target = {
      ...right,
      ask: async (request) => {
        const answer = await right.ask(request);
        const stale = previous ?? answer;
        previous = answer;
        return stale;
      },
    };
    expect(await replay(run, target)).not.toEqual([]);
  });
});
