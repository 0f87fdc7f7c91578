import { service } from '../supertokens/service.ts';
import { keysAhead, publishedKeysFirst } from './keys-ahead.ts';
import { isRouted, refuseUnrouted } from './not-found.ts';
import { type LambdaHandler, pipeline, type RouteHandler } from './pipeline.ts';
import { cacheablePublicDocuments, DISCOVERY_PATH, JWKS_PATH } from './public-documents.ts';
import { withSdkRoutes } from './sdk-handlers.ts';

/** What the SDK answers below the API base path with the Session recipe. */
const AUTH_ROUTES = [
  ['POST', '/session/refresh'],
  ['POST', '/signout'],
  ['GET', JWKS_PATH],
  ['GET', DISCOVERY_PATH],
] as const;

/** SuperTokens' own routes: refresh, sign-out, JWKS, discovery. */
export function authRoutes(): LambdaHandler {
  const started = service();
  const { apiBasePath } = started.config.app;
  const routes = AUTH_ROUTES.map(([method, path]) => `${method} ${apiBasePath}${path}`);
  const answerBySdk = withSdkRoutes(async (request) => refuseUnrouted(request, routes));
  // The SDK has routes of recipes that the service does not have, such as GET /loginmethods. They would fail.
  const answer: RouteHandler = async (request, context) =>
    isRouted(request, routes) ? answerBySdk(request, context) : refuseUnrouted(request, routes);
  return pipeline(
    started.config,
    answer,
    cacheablePublicDocuments(apiBasePath),
    keysAhead(started, 'POST'),
    // Sign-out verifies the access token, as a protected route does.
    publishedKeysFirst(started, `POST ${apiBasePath}/signout`),
  );
}
