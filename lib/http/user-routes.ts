import { randomUUID } from 'node:crypto';
import { readRouteConfig } from '../config/service-config.ts';
import { readDynamoDbSettings } from '../config/tables.ts';
import { readUserServiceConfig } from '../config/user-service-config.ts';
import { sharedDynamoDb } from '../dynamodb/client.ts';
import { createAttempts } from '../login/attempts.ts';
import { createMailLimit } from '../login/mail-limit.ts';
import { createResetMarks, type ResetMarks } from '../login/reset-marks.ts';
import type { MailLanguages } from '../mail/mail-text.ts';
import type { RecipeList } from '../supertokens/init.ts';
import { startUserService } from '../supertokens/user-service.ts';
import { clientAddress } from './client-address.ts';
import { keysBeside } from './keys-ahead.ts';
import { isRouted, refuseUnrouted } from './not-found.ts';
import { type LambdaHandler, pipeline, type RouteHandler } from './pipeline.ts';
import { withSdkRoutes } from './sdk-handlers.ts';
import { routeKeys, USER_ROUTES } from './sdk-routes.ts';
import { withRefusals } from './user-input.ts';
import { limitUserRoutes } from './user-limits.ts';
import { userPlugins } from './user-plugins.ts';
import type { PasswordMarks } from './user-sign-in.ts';

/**
 * SuperTokens' own routes for users: sign-up, sign-in by password, provider or code, password reset and e-mail verification,
 * within limits. A route whose recipe is not in the list answers 404.
 * @throws ConfigurationError when the function starts, if a variable is faulty
 */
export function userRoutes(recipeList: RecipeList, languages: MailLanguages): LambdaHandler {
  const config = readUserServiceConfig();
  const { appName, websites } = readRouteConfig().app;
  const db = sharedDynamoDb(readDynamoDbSettings());
  const mailLimit = createMailLimit(db, config.attemptsTable, Date.now);
  const { attemptsTable, attemptsPerSource: perSource } = config;
  const attempts = createAttempts({ db, table: attemptsTable, clock: Date.now, perSource });
  const resets = createResetMarks(db, attemptsTable, { clock: Date.now, uuid: randomUUID });
  const plugins = userPlugins({
    ...{ config, appName, websites, languages, mailLimit, attempts },
    ...passwordChanges(resets, () => started.passwordMarks),
  });
  const started = startUserService(config, recipeList, plugins);
  const { app, trustedProxy } = started.config;
  const limited = limitUserRoutes({
    attempts,
    mailLimit,
    apiBasePath: app.apiBasePath,
    readSignInAhead: started.readSignInAhead,
    readDeviceAhead: started.readDeviceAhead,
    sourceOf: (request) => clientAddress(request, trustedProxy),
  });
  const routes = routeKeys(USER_ROUTES, app.apiBasePath);
  const haveKeys = keysBeside(started);
  const answerBySdk = withSdkRoutes(async (request) => refuseUnrouted(request, []));
  // The attempt is counted while the keys are read.
  const answerWithKeys: RouteHandler = async (request, context) => {
    await haveKeys();
    return answerBySdk(request, context);
  };
  const answer: RouteHandler = async (request, context) =>
    isRouted(request, routes)
      ? started.withSharedReads(() => limited(request, () => withRefusals(() => answerWithKeys(request, context))))
      : refuseUnrouted(request, routes);
  return pipeline(started.config, answer);
}

/** How a change of a password shows: in the built-in core's marks, which change with it, or else in the noted resets. */
const passwordChanges = (resets: ResetMarks, builtIn: () => PasswordMarks | undefined) => ({
  passwordMarks: (): PasswordMarks => builtIn() ?? { ...resets, ofUser: (_id, email) => resets.ofEmail(email) },
  noteReset: async (email: string): Promise<void> => (builtIn() ? undefined : resets.note(email)),
});
