import { createServer } from 'node:http';
import type { LambdaHandler } from '../../lib/http/pipeline.ts';
import { bodyOf, invoke, startFunction } from '../fixtures/lambda.ts';
import { listenOnLoopback, stopServer } from '../fixtures/loopback.ts';

const REFRESH = '/auth/session/refresh';

/** A core that has too many requests, whatever it is asked. */
const core = createServer((_request, response) => response.writeHead(429).end('Too many requests'));
let auth: LambdaHandler;

beforeAll(async () => {
  const environment = {
    SUPERTOKENS_CONNECTION_URI: `http://127.0.0.1:${await listenOnLoopback(core)}`,
    SESSIONS_TABLE: 'sessions',
    KEYS_TABLE: 'keys',
  };
  ({ handler: auth } = await startFunction(environment, () => import('../../handlers/auth.ts')));
});
afterAll(() => stopServer(core));

// These fail if the SDK words its errors in another way: their text is all that tells them from other errors.
test("the SDK's error for a core that answers 429 is a 503, and the client may retry", async () => {
  const headers = { authorization: 'Bearer refresh-token', 'st-auth-mode': 'header' };
  const answer = await invoke(auth, 'POST', REFRESH, { headers });
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
});

test("the SDK's error for several session cookies of one name is a 400", async () => {
  const answer = await invoke(auth, 'POST', REFRESH, { cookies: ['sRefreshToken=a', 'sRefreshToken=b'] });
  expect([answer.statusCode, bodyOf(answer)]).toEqual([
    400,
    { code: 'duplicate_session_cookies', message: 'The request has several session cookies of the same name' },
  ]);
});
