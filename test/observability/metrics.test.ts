import { invoke, noteSession } from '../../lib/observability/invocation.ts';
import { count, metricsEntry } from '../../lib/observability/metrics.ts';
import { noteRequest, observeCoreCall } from '../../lib/supertokens/core-calls.ts';
import { ManualClock } from '../fixtures/core.ts';

const clock = new ManualClock();
const dimensions = { service: 'sessions', stage: 'prod' };
const caller = { functionName: 'auth', requestId: 'r-1', awsRequestId: 'a-1', sessionHandle: undefined };
/** A core that takes 12.345 ms for each call. */
const slow = <Answer>(path: string, answer: Promise<Answer>, body?: string) => {
  const times = [1000, 1012.345];
  return observeCoreCall({ path, ask: () => answer, read: async () => body }, () => times.shift() ?? 0);
};
const measured = (work: () => Promise<unknown>) =>
  invoke(caller, async (invocation) => {
    await work();
    return metricsEntry(invocation, dimensions, clock.now);
  });

test('an invocation that measured something leaves one entry in the embedded metric format', async () => {
  const entry = await measured(async () => {
    noteSession('handle');
    count('Logins');
    await slow('/recipe/session', Promise.resolve());
  });
  expect(entry).toEqual({
    time: '2026-11-23T12:00:00.000Z',
    level: 'info',
    message: 'Metrics',
    function: 'auth',
    coldStart: true,
    requestId: 'r-1',
    awsRequestId: 'a-1',
    sessionHandle: 'handle',
    _aws: {
      Timestamp: Date.UTC(2026, 10, 23, 12),
      CloudWatchMetrics: [
        {
          Namespace: 'SuperTokensSessions',
          Dimensions: [['service', 'stage']],
          Metrics: [
            { Name: 'Logins', Unit: 'Count' },
            { Name: 'CoreLatency', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
    service: 'sessions',
    stage: 'prod',
    Logins: 1,
    CoreLatency: 12.35,
  });
});

test('what is counted several times is summed, and latencies stay apart, as many as a line may have', async () => {
  const entry = await measured(async () => {
    for (const _ of Array(3)) count('LoginFailures');
    for (const _ of Array(101)) await slow('/hello', Promise.resolve());
  });
  expect(entry).toMatchObject({ LoginFailures: 3, CoreLatency: Array(100).fill(12.35) });
});

test('an invocation that measured nothing leaves none, and outside of one nothing is counted', async () => {
  count('Logins');
  expect(await measured(async () => undefined)).toBeUndefined();
});

test('a core that fails is timed, too', async () => {
  const entry = await measured(() => slow('/hello', Promise.reject(new Error('down'))).catch(() => undefined));
  expect(entry).toMatchObject({ CoreLatency: 12.35 });
});

describe('a refresh', () => {
  const REFRESH = '/appid-public/public/recipe/session/refresh';
  const answerOf = (status: string) => `{"status":"${status}","session":{"handle":"handle"}}\n`;

  test('is counted if there are new tokens, and its session is known', async () => {
    const entry = await measured(() => slow(REFRESH, Promise.resolve(), answerOf('OK')));
    expect(entry).toMatchObject({ Refreshes: 1, sessionHandle: 'handle' });
  });

  test.each([
    ['a theft', answerOf('TOKEN_THEFT_DETECTED')],
    ['a refusal', '{"status":"UNAUTHORISED","message":"no"}'],
    ['an error', undefined],
    ['an answer that is no JSON', '<html>'],
  ])('is not counted if the answer is %s', async (_what, body) => {
    expect(await measured(() => slow(REFRESH, Promise.resolve(), body))).not.toHaveProperty('Refreshes');
  });

  test('is reported as theft only to its reporter', async () => {
    const reportTheft = jest.fn();
    const ask = async () => undefined;
    const call = { path: REFRESH, ask, read: async () => answerOf('TOKEN_THEFT_DETECTED') };
    await observeCoreCall({ ...call, reportTheft });
    expect(reportTheft.mock.calls).toEqual([['handle']]);
  });
});

test.each([
  ['/recipe/session/remove', ['only'], 'only'],
  ['/public/recipe/session/remove', ['only'], 'only'],
  ['/recipe/session/remove', ['one', 'two'], undefined],
  ['/recipe/session/data', ['only'], undefined],
])('what the SDK asks of %s about the sessions %j is about %s', async (path, sessionHandles, sessionHandle) => {
  const entry = await measured(async () => {
    count('Failures');
    noteRequest(path, JSON.stringify({ sessionHandles }));
  });
  expect(entry?.sessionHandle).toBe(sessionHandle);
});
