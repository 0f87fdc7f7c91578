import type { SocketHandler } from '../../lib/http/socket-route.ts';
import { lambdaContext, logged, startFunction } from '../fixtures/lambda.ts';

const ENVIRONMENT = { API_DOMAIN: 'https://api.example.com', WEBSITE_DOMAIN: 'https://app.example.com' };

/** As API Gateway sends it behind the authorizer. */
const event = (routeKey: string, body?: string) => ({
  requestContext: {
    routeKey,
    eventType: routeKey === '$connect' ? 'CONNECT' : 'MESSAGE',
    connectionId: 'Mc2ccegzCYMCJqQ=',
    authorizer: { userId: 'ada', sessionHandle: 'handle', accessTokenPayload: '{}' },
  },
  ...(body !== undefined && { body }),
  isBase64Encoded: false,
});

async function answerOf(handler: SocketHandler, sent: object = event('$connect')): Promise<object> {
  const { socketRoute } = await startFunction(ENVIRONMENT, () => import('../../lib/http/socket-route.ts'));
  const route = await startFunction(ENVIRONMENT, async () => socketRoute(handler));
  return route(sent, lambdaContext);
}

test.each(['$connect', '$disconnect', '$default'])(
  '%s is answered with 200 if the handler returns nothing',
  async (key) => {
    const handler = jest.fn(async () => undefined);
    expect(await answerOf(handler, event(key, 'hello'))).toEqual({ statusCode: 200 });
    expect(handler).toHaveBeenCalledWith(event(key, 'hello'), lambdaContext);
  },
);

test('the handler may reject a connection', async () => {
  expect(await answerOf(async () => ({ statusCode: 403 }))).toEqual({ statusCode: 403 });
  const { socketRoute, HttpError } = await startFunction(ENVIRONMENT, () => import('../../lib/index.ts'));
  const route = await startFunction(ENVIRONMENT, async () =>
    socketRoute(async () => {
      throw new HttpError(409, 'You are connected already');
    }),
  );
  const refused = await route(event('$connect'), lambdaContext);
  expect(refused).toMatchObject({ statusCode: 409, body: '{"code":"conflict","message":"You are connected already"}' });
});

test('a handler that fails, or returns what is no response, is answered with 500, and the log says why', async () => {
  const failed = await answerOf(async () => {
    throw new Error('a secret');
  });
  expect(failed).toMatchObject({
    statusCode: 500,
    body: '{"code":"internal_error","message":"Internal Server Error"}',
  });
  expect(logged.at(-1)).toMatchObject({ message: 'RequestFailed', details: { routeKey: '$connect' } });
  expect(await answerOf(async () => 'hello' as never)).toMatchObject({ statusCode: 500 });
});

test('an event of another kind, such as a warm-up, is ignored', async () => {
  const handler = jest.fn();
  expect(await answerOf(handler, { source: 'aws.events' })).toEqual({ ignored: 'not an event of a WebSocket API' });
  expect(handler).not.toHaveBeenCalled();
});
