import type { APIGatewayProxyWebsocketEventV2, Context } from 'aws-lambda';
import { readRouteConfig } from '../config/service-config.ts';
import { log } from '../observability/log.ts';
import type { AuthorizedSession } from './authorized.ts';
import { checkedResponse } from './checked-response.ts';
import { toResponse } from './error-response.ts';
import { fieldsOf } from './fields.ts';
import type { GatewayResponse } from './gateway.ts';
import { withinLambdaTime } from './lambda-time.ts';
import { type LambdaHandler, observed } from './observed.ts';

/** An event of a WebSocket API: `$connect`, `$disconnect`, or a message. */
export interface SocketEvent extends APIGatewayProxyWebsocketEventV2 {
  readonly requestContext: APIGatewayProxyWebsocketEventV2['requestContext'] & {
    /** The session that the authorizer of `$connect` has verified. Later events of the connection have it too. */
    readonly authorizer?: Partial<AuthorizedSession>;
  };
}

/** Returns a response, or nothing for 200. It may throw an `HttpError`. */
export type SocketHandler = (
  event: SocketEvent,
  context: Context,
) => Promise<GatewayResponse | undefined> | Promise<void>;

/**
 * A route of a WebSocket API. API Gateway opens a connection only if `$connect` is answered with a status from 200 to 299, so a
 * handler that returns nothing answers 200.
 * @throws ConfigurationError when the function starts, if a variable is faulty
 * @example
 * ```ts
 * import { socketRoute } from '../lib/index.ts';
 *
 * export const handler = socketRoute(async ({ requestContext, body }) => {
 *   console.log(requestContext.routeKey, requestContext.authorizer?.userId, body);
 * });
 * ```
 */
export function socketRoute(handler: SocketHandler): LambdaHandler {
  const answer = withinLambdaTime(async (event: unknown, context: Context): Promise<object> => {
    const { routeKey, connectionId } = fieldsOf(fieldsOf(event).requestContext);
    if (connectionId === undefined) return { ignored: 'not an event of a WebSocket API' };
    try {
      return await checkedResponse(withStatus(handler(event as SocketEvent, context)));
    } catch (error) {
      const response = toResponse(error);
      if (response.statusCode >= 500) log('error', 'RequestFailed', { routeKey, error });
      return response;
    }
  });
  return observed(answer, readRouteConfig().metrics);
}

const withStatus = async (returned: Promise<unknown>): Promise<unknown> => (await returned) ?? { statusCode: 200 };
