import { readRouteConfig } from '../config/service-config.ts';
import { readDynamoDbSettings } from '../config/tables.ts';
import type { ClientSecretsChoice } from '../config/third-party-config.ts';
import { type MailChoice, readUserServiceConfig } from '../config/user-service-config.ts';
import { sharedDynamoDb } from '../dynamodb/client.ts';
import { createAttempts } from '../login/attempts.ts';
import { createMailLimit } from '../login/mail-limit.ts';
import type { SendMail } from '../mail/mail.ts';
import type { MailLanguages } from '../mail/mail-text.ts';
import { mailboxSender } from '../mail/mailbox.ts';
import { sesSender } from '../mail/ses.ts';
import { type ReadSecrets, secretsIn } from '../secrets/secrets.ts';
import { secretsManager } from '../secrets/secrets-manager.ts';
import type { RecipeList } from '../supertokens/init.ts';
import { startUserService } from '../supertokens/user-service.ts';
import { clientAddress } from './client-address.ts';
import { keysAhead, publishedKeysFirst } from './keys-ahead.ts';
import { isRouted, refuseUnrouted } from './not-found.ts';
import { type LambdaHandler, pipeline, type RouteHandler } from './pipeline.ts';
import { recipeSessions } from './recipe-sessions.ts';
import { resetEndsSessions } from './reset-ends-sessions.ts';
import { withSdkRoutes } from './sdk-handlers.ts';
import { routeKeys, USER_ROUTES } from './sdk-routes.ts';
import { thirdPartySignIn } from './third-party/plugin.ts';
import { limitUserRoutes } from './user-limits.ts';
import { userMails } from './user-mails.ts';
import { equalSignIn } from './user-sign-in.ts';

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
  const mails = userMails({
    appName,
    languages,
    mailLimit,
    linkLifetimes: config.linkLifetimes,
    send: senderOf(config.mail, appName),
  });
  const providers = thirdPartySignIn({
    clients: config.thirdParty.clients,
    readSecrets: secretsReader(config.thirdParty.secrets),
    websites,
  });
  const plugins = [
    mails,
    recipeSessions,
    equalSignIn(),
    providers,
    ...(config.resetEndsSessions ? [resetEndsSessions] : []),
  ];
  const started = startUserService(config, recipeList, plugins);
  const { app, trustedProxy } = started.config;
  const limited = limitUserRoutes({
    attempts: createAttempts({ db, table: config.attemptsTable, clock: Date.now }),
    mailLimit,
    apiBasePath: app.apiBasePath,
    sourceOf: (request) => clientAddress(request, trustedProxy),
  });
  const routes = routeKeys(USER_ROUTES, app.apiBasePath);
  const answerBySdk = withSdkRoutes(async (request) => refuseUnrouted(request, []));
  const answer: RouteHandler = async (request, context) =>
    isRouted(request, routes) ? limited(request, () => answerBySdk(request, context)) : refuseUnrouted(request, routes);
  return pipeline(started.config, answer, keysAhead(started), publishedKeysFirst(started));
}

function senderOf(mail: MailChoice | undefined, appName: string): SendMail | undefined {
  if (mail === undefined) return undefined;
  if (mail.kind === 'mailbox') return mailboxSender(mail.folder);
  const { address, region } = mail;
  return sesSender({ from: { name: appName, address }, region });
}

function secretsReader(choice: ClientSecretsChoice | undefined): ReadSecrets | undefined {
  if (choice === undefined) return undefined;
  if (choice.kind === 'environment') return async () => secretsIn('THIRD_PARTY_SECRETS', choice.json);
  return secretsManager({ ...choice, clock: Date.now });
}
