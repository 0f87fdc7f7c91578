import { readDynamoDb } from './deployment.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { readUserSettings, type UserSettings } from './user-settings.ts';
import { readAll, type Variables } from './variables.ts';

/** What a function has that serves SuperTokens' recipes for users, beside what every function has. */
export interface UserServiceConfig {
  /** The table of the core's users. */
  readonly coreUsersTable: string;
  /** The table in which attempts and mails are counted. */
  readonly attemptsTable: string;
  readonly settings: UserSettings;
  /** How mails are sent. Absent: none can be. */
  readonly mail: MailChoice | undefined;
  /** Whether a password reset ends all of the user's sessions. */
  readonly resetEndsSessions: boolean;
}

/** In development, mails go into a folder. Elsewhere, Amazon SES sends them. */
export type MailChoice =
  | { readonly kind: 'mailbox'; readonly folder: string }
  | { readonly kind: 'ses'; readonly address: string; readonly region: string };

/** Reads what user functions have. @throws ConfigurationError naming every faulty variable at once */
export const readUserServiceConfig = (environment: Environment = processEnvironment()): UserServiceConfig =>
  readAll(environment, (variables) => ({
    coreUsersTable: variables.required('CORE_USERS_TABLE'),
    attemptsTable: variables.required('USERS_TABLE'),
    settings: readUserSettings(variables),
    mail: readMail(variables),
    resetEndsSessions: variables.oneOf('PASSWORD_RESET_ENDS_SESSIONS', ['on', 'off']) !== 'off',
  }));

function readMail(variables: Variables): MailChoice | undefined {
  const folder = variables.optional('DEV_MAILBOX_FOLDER');
  const address = variables.optional('MAIL_FROM');
  const isAddress = address === undefined || /^[^\s@<>",]+@[^\s@<>",]+$/.test(address);
  variables.check('MAIL_FROM', isAddress, 'be an e-mail address, without a name');
  if (folder !== undefined) return { kind: 'mailbox', folder };
  if (address === undefined) return undefined;
  return { kind: 'ses', address, region: variables.optional('MAIL_REGION') ?? readDynamoDb(variables).region };
}
