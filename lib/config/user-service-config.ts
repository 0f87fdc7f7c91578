import { type Environment, processEnvironment } from './environment.ts';
import { readUserSettings, type UserSettings } from './user-settings.ts';
import { readAll } from './variables.ts';

/** What a function has that serves SuperTokens' recipes for users, beside what every function has. */
export interface UserServiceConfig {
  /** The table of the core's users. */
  readonly coreUsersTable: string;
  /** The table in which attempts and mails are counted. */
  readonly attemptsTable: string;
  readonly settings: UserSettings;
  /** The folder that takes mails in development. Absent: no mail can be sent. */
  readonly mailboxFolder: string | undefined;
}

/** Reads what user functions have. @throws ConfigurationError naming every faulty variable at once */
export const readUserServiceConfig = (environment: Environment = processEnvironment()): UserServiceConfig =>
  readAll(environment, (variables) => ({
    coreUsersTable: variables.required('CORE_USERS_TABLE'),
    attemptsTable: variables.required('USERS_TABLE'),
    settings: readUserSettings(variables),
    mailboxFolder: variables.optional('DEV_MAILBOX_FOLDER'),
  }));
