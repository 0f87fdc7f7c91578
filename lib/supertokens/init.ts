import SuperTokens from 'supertokens-node';
import Session, { type RecipeInterface } from 'supertokens-node/recipe/session';
import type { ServiceConfig } from '../config/service-config.ts';
import { BUILT_IN_CORE_URI } from './built-in-core.ts';

/** Initialises SuperTokens for every handler alike: the app's domains, the Session recipe, and which core is asked. */
export function initSuperTokens(config: ServiceConfig): void {
  const { app, core, antiCsrf, cookieDomain, olderCookieDomain, jwtAudience } = config;
  const { apiGatewayPath, ...appInfo } = app;
  SuperTokens.init({
    framework: 'awsLambda',
    supertokens:
      core.kind === 'remote'
        ? { connectionURI: core.connectionUri, ...(core.apiKey !== undefined && { apiKey: core.apiKey }) }
        : { connectionURI: BUILT_IN_CORE_URI },
    appInfo: { ...appInfo, ...(apiGatewayPath !== '' && { apiGatewayPath }) },
    recipeList: [
      Session.init({
        ...(antiCsrf !== undefined && { antiCsrf }),
        ...(cookieDomain !== undefined && { cookieDomain }),
        ...(olderCookieDomain !== undefined && { olderCookieDomain }),
        ...(jwtAudience !== undefined && { override: { functions: withAudience(jwtAudience) } }),
      }),
    ],
    // It would be one more request to another host in every cold start.
    telemetry: false,
  });
}

/**
 * Adds the claim `aud` (RFC 7519, section 4.1.3), which API Gateway's JWT authorizer compares with its list of audiences.
 * A session from before the audience was set, or changed, gets it at its next refresh.
 */
const withAudience =
  (aud: string) =>
  (original: RecipeInterface): RecipeInterface => ({
    ...original,
    createNewSession: (input) =>
      original.createNewSession({ ...input, accessTokenPayload: { ...input.accessTokenPayload, aud } }),
    async refreshSession(input) {
      const session = await original.refreshSession(input);
      if (session.getAccessTokenPayload().aud !== aud) await session.mergeIntoAccessTokenPayload({ aud });
      return session;
    },
  });
