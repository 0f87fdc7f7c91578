import { service } from '../supertokens/service.ts';
import { keysAhead, publishedKeysFirst } from './keys-ahead.ts';
import { refuseUnrouted } from './not-found.ts';
import { type LambdaHandler, pipeline } from './pipeline.ts';
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
  // Reached only where SuperTokens has no route of its own.
  const answer = withSdkRoutes(async (request) => refuseUnrouted(request, routes));
  return pipeline(
    started.config,
    answer,
    cacheablePublicDocuments(apiBasePath),
    keysAhead(started, 'POST'),
    // Sign-out verifies the access token, as a protected route does.
    publishedKeysFirst(started, `${apiBasePath}/signout`),
  );
}
