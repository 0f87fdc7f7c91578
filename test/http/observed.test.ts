import type { Context } from 'aws-lambda';
import { HttpError } from '../../lib/http/errors.ts';
import { type LambdaHandler, observed } from '../../lib/http/observed.ts';
import { capturedOutput } from '../fixtures/captured-output.ts';
import { ManualClock } from '../fixtures/core.ts';

const context = { functionName: 'a-function', awsRequestId: 'a-1' } as Context;
const dimensions = { service: 'sessions', stage: 'test' };

/** What a call of a handler prints, and what came of it. */
async function call(handler: LambdaHandler, event: unknown = {}, metrics?: 'without metrics') {
  let outcome: unknown;
  const answer = observed(handler, metrics === undefined ? dimensions : undefined, new ManualClock().now);
  const printed = await capturedOutput(async () => {
    outcome = await answer(event, context).catch((error: unknown) => error);
  });
  return { outcome, lines: printed.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

const answering = (answer: object) => async () => answer;
const throwing = (error: Error) => async () => {
  throw error;
};

test('the first call of a process is a cold start, and leaves a line for it', async () => {
  const { lines } = await call(answering({ statusCode: 200 }));
  expect(lines).toMatchObject([
    { time: '2026-11-23T12:00:00.000Z', message: 'Metrics', coldStart: true, ColdStarts: 1 },
  ]);
  expect((await call(answering({ statusCode: 200 }))).lines).toEqual([]);
});

test.each([200, 401, 404, 499])('an answer %i is no failure', async (statusCode) => {
  expect((await call(answering({ statusCode }))).lines).toEqual([]);
});

test.each([500, 503])('an answer %i is a failure', async (statusCode) => {
  const { outcome, lines } = await call(answering({ statusCode }));
  expect(outcome).toEqual({ statusCode });
  expect(lines).toMatchObject([{ message: 'Metrics', Failures: 1 }]);
});

test('an error is a failure, is logged, and is passed on to Lambda', async () => {
  const { outcome, lines } = await call(throwing(new Error('broken')));
  expect(outcome).toEqual(new Error('broken'));
  expect(lines).toMatchObject([
    {
      level: 'error',
      message: 'RequestFailed',
      function: 'a-function',
      awsRequestId: 'a-1',
      error: { message: 'broken' },
    },
    { message: 'Metrics', Failures: 1 },
  ]);
});

test('an error by which an authorizer rejects is none', async () => {
  const { outcome, lines } = await call(throwing(new HttpError(401, 'Unauthorized')));
  expect([outcome, lines]).toEqual([new HttpError(401, 'Unauthorized'), []]);
});

test('an answer that is none to HTTP is no failure either', async () => {
  for (const answer of [{ ignored: 'warm-up' }, { isAuthorized: false }, { statusCode: 'odd' }]) {
    expect(await call(answering(answer))).toEqual({ outcome: answer, lines: [] });
  }
});

test('without dimensions no metrics are written', async () => {
  expect((await call(answering({ statusCode: 500 }), {}, 'without metrics')).lines).toEqual([]);
});

test.each([
  ["an HTTP API's Lambda authorizer", { lambda: { sessionHandle: 'h' } }],
  ["a REST API's", { sessionHandle: 'h' }],
  ["an HTTP API's JWT authorizer", { jwt: { claims: { sessionHandle: 'h' } } }],
])('the session that %s has found is known', async (_what, authorizer) => {
  const { lines } = await call(throwing(new Error()), { requestContext: { requestId: 'r-1', authorizer } });
  expect(lines[0]).toMatchObject({ requestId: 'r-1', sessionHandle: 'h' });
});

test.each([undefined, null, 'text', { requestContext: null }, { requestContext: { requestId: 7, authorizer: 'x' } }])(
  'an event of any shape is served: %j',
  async (event) => {
    const { outcome, lines } = await call(throwing(new Error('broken')), event);
    expect(outcome).toEqual(new Error('broken'));
    expect(lines[0]).not.toHaveProperty('requestId');
  },
);
