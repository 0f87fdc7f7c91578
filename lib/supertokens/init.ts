import SuperTokens from 'supertokens-node';
import Session, { type RecipeInterface, type SessionContainer } from 'supertokens-node/recipe/session';
import type { SuperTokensPlugin } from 'supertokens-node/types';
import type { ServiceConfig } from '../config/service-config.ts';
import { websiteOf } from '../config/websites.ts';
import { log } from '../observability/log.ts';
import { BUILT_IN_CORE_URI } from './built-in-core.ts';

/** Recipes, as `SuperTokens.init` takes them. */
export type RecipeList = Parameters<typeof SuperTokens.init>[0]['recipeList'];

/** The recipes of a function that serves no users. */
export const SESSION_ALONE: RecipeList = [Session.init()];

/**
 * Initialises SuperTokens: the app's domains, the recipes, and which core is called.
 * @param plugins what the service adds to recipes of users
 */
export function initSuperTokens(
  config: ServiceConfig,
  recipeList: RecipeList,
  plugins: readonly SuperTokensPlugin[],
): void {
  const { apiGatewayPath, websites, ...appInfo } = config.app;
  SuperTokens.init({
    framework: 'awsLambda',
    supertokens: connectionTo(config.core),
    appInfo: {
      ...appInfo,
      // The cookies' SameSite and the anti-CSRF mode depend on it.
      origin: ({ request }) => websiteOf(request?.getHeaderValue('origin'), websites),
      ...(apiGatewayPath !== '' && { apiGatewayPath }),
    },
    recipeList,
    experimental: { plugins: [sessionSettings(config), ...plugins] },
    // It would be one more request to another host in every cold start.
    telemetry: false,
  });
}

/** The environment's settings of the Session recipe. What your list of recipes says of the same setting wins. */
const sessionSettings = ({
  antiCsrf,
  cookieDomain,
  olderCookieDomain,
  jwtAudience,
  requiresVerifiedEmail,
}: ServiceConfig): SuperTokensPlugin => ({
  id: 'session-settings',
  overrideMap: {
    emailverification: { config: (own) => ({ ...own, mode: verificationMode(own?.mode, requiresVerifiedEmail) }) },
    session: {
      config: (own) => ({
        ...(antiCsrf !== undefined && { antiCsrf }),
        ...(cookieDomain !== undefined && { cookieDomain }),
        ...(olderCookieDomain !== undefined && { olderCookieDomain }),
        ...own,
      }),
      ...(jwtAudience !== undefined && { functions: withAudience(jwtAudience) }),
    },
  },
});

/**
 * The mode of every function, from the environment. The recipe's own mode would reach the function `user` alone.
 * @throws Error if the recipe requires what other functions would not
 */
function verificationMode(own: 'REQUIRED' | 'OPTIONAL' | undefined, isRequired: boolean): 'REQUIRED' | 'OPTIONAL' {
  if (own === 'REQUIRED' && !isRequired) {
    throw new Error(
      "EmailVerification has mode: 'REQUIRED', but only the function user reads lib/app/recipes.ts. " +
        'Set EMAIL_VERIFICATION_MODE=REQUIRED, which every function reads.',
    );
  }
  return isRequired ? 'REQUIRED' : 'OPTIONAL';
}

/** A function that only verifies calls no other core: see `verifyForRemoteCore` in service.ts. */
function connectionTo(core: ServiceConfig['core']): { connectionURI: string; apiKey?: string } {
  if (core.kind === 'built-in' || core.sessionTables === undefined) return { connectionURI: BUILT_IN_CORE_URI };
  return { connectionURI: core.connectionUri, ...(core.apiKey !== undefined && { apiKey: core.apiKey }) };
}

/**
 * Adds the claim `aud` (RFC 7519, section 4.1.3), which API Gateway's JWT authorizer compares with its list of audiences.
 * A session from before the audience was set, or changed, gets it at its next refresh. If that fails, it gets the audience
 * at the refresh after that one.
 */
const withAudience =
  (aud: string) =>
  (original: RecipeInterface): RecipeInterface => ({
    ...original,
    createNewSession: (input) =>
      original.createNewSession({ ...input, accessTokenPayload: { ...input.accessTokenPayload, aud } }),
    async refreshSession(input) {
      const session = await original.refreshSession(input);
      if (session.getAccessTokenPayload().aud !== aud) await addAudience(session, aud);
      return session;
    },
  });

/** The refresh token has been replaced already, so a failure must not keep the new one from the client. */
async function addAudience(session: SessionContainer, aud: string): Promise<void> {
  try {
    await session.mergeIntoAccessTokenPayload({ aud });
  } catch (error) {
    // The session was revoked meanwhile.
    if (Session.Error.isErrorFromSuperTokens(error)) throw error;
    log('warn', 'AudienceNotAdded', { sessionHandle: session.getHandle(), error });
  }
}
