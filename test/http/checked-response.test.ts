import type { GatewayResponse } from '../../lib/http/gateway.ts';
import { bodyOf, invoke, logged, startFunction } from '../fixtures/lambda.ts';

beforeEach(() => {
  logged.length = 0;
});

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  ['text', 'a string'],
  [{}, 'an object without statusCode'],
  [{ hello: 'world' }, 'an object without statusCode'],
  [{ statusCode: '200' }, 'an object whose statusCode is not an HTTP status'],
  [{ statusCode: 99 }, 'an object whose statusCode is not an HTTP status'],
  [{ statusCode: 200, body: { ok: true } }, 'an object whose body is not a string'],
  [{ statusCode: 200, body: null }, 'an object whose body is not a string'],
  [{ statusCode: 200, headers: ['a: b'] }, 'an object whose headers are not strings by their names'],
  [{ statusCode: 200, headers: { allow: ['GET'] } }, 'an object whose headers are not strings by their names'],
  [{ statusCode: 200, cookies: 'a=b' }, 'an object whose cookies are not an array of strings'],
])('a handler that returns %p: the client gets 500, and the log names the fault', async (returned, named) => {
  for (const kind of ['plainRoute', 'publicRoute'] as const) {
    const environment = { PUBLISHED_KEYS_TABLE: 'keys', DYNAMODB_ENDPOINT: 'http://127.0.0.1:9' };
    // As JavaScript, or a cast, would return it.
    const answering = async (): Promise<GatewayResponse> => returned as unknown as GatewayResponse;
    const handler = await startFunction(environment, async () => (await import('../../lib/index.ts'))[kind](answering));
    const answer = await invoke(handler, 'POST', '/mine');
    expect([answer.statusCode, bodyOf(answer)]).toEqual([
      500,
      { code: 'internal_error', message: 'Internal Server Error' },
    ]);
  }
  const failures = logged.filter(({ message }) => message === 'RequestFailed');
  expect(failures).toHaveLength(2);
  for (const { details } of failures) expect(JSON.stringify(details)).toContain(`The handler returned ${named}`);
});
