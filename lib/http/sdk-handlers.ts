import type { Handler } from 'aws-lambda';
import { middleware } from 'supertokens-node/framework/awsLambda';
import type { VerifySessionOptions } from 'supertokens-node/recipe/session';
import { verifySession } from 'supertokens-node/recipe/session/framework/awsLambda';
import { checkedResponse } from './checked-response.ts';
import type { GatewayRequest } from './gateway.ts';
import type { RouteHandler } from './pipeline.ts';
import { withErrorCode } from './sdk-error-code.ts';
import { withoutJsonTokens } from './session-cookies.ts';

/** Answers the SDK's own routes, and passes every other request to `handler`. Session tokens go with its response. */
export const withSdkRoutes = (handler: RouteHandler): RouteHandler => fromSdk(handler, (own) => middleware(own));

/** Verifies the access token before `handler`, which finds the session in `request.session`. */
export const withVerifiedSession = (handler: RouteHandler, options: VerifySessionOptions): RouteHandler =>
  fromSdk(handler, (own) => verifySession(own, options));

/** Runs a handler inside one of the SDK's. A response that the SDK gave instead of the handler gets an error code. */
function fromSdk(handler: RouteHandler, wrap: (own: RouteHandler) => Handler): RouteHandler {
  const answered = new WeakSet<GatewayRequest>();
  const wrapped = wrap(async (request, context) => {
    const response = await checkedResponse(handler(request, context));
    answered.add(request);
    return response;
  });
  return async (received, context) => {
    const request = withoutJsonTokens(received);
    // The SDK's handlers are those of Node 20. They take a callback, but do not call it.
    const response = await checkedResponse(Promise.resolve(wrapped(request, context, () => undefined)));
    return answered.has(request) ? response : withErrorCode(response);
  };
}
