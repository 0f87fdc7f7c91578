import { service } from '../supertokens/service.ts';
import { keysAhead, publishedKeysFirst } from './keys-ahead.ts';
import { isRouted, refuseUnrouted } from './not-found.ts';
import { type LambdaHandler, pipeline, type RouteHandler } from './pipeline.ts';
import { cacheablePublicDocuments } from './public-documents.ts';
import { withSdkRoutes } from './sdk-handlers.ts';
import { routeKeys, SESSION_ROUTES, USER_ROUTES } from './sdk-routes.ts';

/** SuperTokens' own routes: refresh, sign-out, JWKS, discovery. */
export function authRoutes(): LambdaHandler {
  const started = service();
  const { apiBasePath } = started.config.app;
  const routes = routeKeys(SESSION_ROUTES, apiBasePath);
  // The user function answers the others. With another method, their requests come here.
  const known = routeKeys([...SESSION_ROUTES, ...USER_ROUTES], apiBasePath);
  const answerBySdk = withSdkRoutes(async (request) => refuseUnrouted(request, known));
  // The SDK also has routes that the user function answers, such as GET /loginmethods. They would fail here.
  const answer: RouteHandler = async (request, context) =>
    isRouted(request, routes) ? answerBySdk(request, context) : refuseUnrouted(request, known);
  return pipeline(
    started.config,
    answer,
    cacheablePublicDocuments(apiBasePath),
    keysAhead(started, 'POST'),
    // Sign-out verifies the access token, as a protected route does.
    publishedKeysFirst(started, `POST ${apiBasePath}/signout`),
  );
}
