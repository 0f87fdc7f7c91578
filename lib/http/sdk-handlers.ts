import type { Handler } from 'aws-lambda';
import { middleware } from 'supertokens-node/framework/awsLambda';
import type { VerifySessionOptions } from 'supertokens-node/recipe/session';
import { verifySession } from 'supertokens-node/recipe/session/framework/awsLambda';
import { checkedResponse } from './checked-response.ts';
import type { RouteHandler } from './pipeline.ts';
import { withoutJsonTokens } from './session-cookies.ts';

/** Answers the SDK's own routes, and passes every other request to `handler`. Session tokens go with its response. */
export const withSdkRoutes = (handler: RouteHandler): RouteHandler =>
  fromSdk(middleware((request, context) => checkedResponse(handler(request, context))));

/** Verifies the access token before `handler`, which finds the session in `request.session`. */
export const withVerifiedSession = (handler: RouteHandler, options: VerifySessionOptions): RouteHandler =>
  fromSdk(verifySession((request, context) => checkedResponse(handler(request, context)), options));

/** The SDK's handlers are those of Node 20: with a callback, which they do not use. */
const fromSdk =
  (handler: Handler): RouteHandler =>
  (request, context) =>
    checkedResponse(Promise.resolve(handler(withoutJsonTokens(request), context, () => undefined)));
