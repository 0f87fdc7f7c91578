import type { Millis } from '../core/types.ts';
import type { UserConfig } from '../core/user-config.ts';
import { ATTEMPT_LIMITS } from '../login/attempts.ts';
import { readDynamoDb } from './deployment.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { readThirdParty, type ThirdPartyConfig } from './third-party-config.ts';
import { readUserSettings, type UserSettings } from './user-settings.ts';
import { readAll, type Variables } from './variables.ts';

/** What a function needs for SuperTokens' recipes for users, in addition to what every function needs. */
export interface UserServiceConfig {
  /** The table of the core's users. */
  readonly coreUsersTable: string;
  /** The table in which attempts and mails are counted. */
  readonly attemptsTable: string;
  readonly settings: UserSettings;
  readonly linkLifetimes: LinkLifetimes;
  /** How many sign-ups, requests for mails and wrong passwords one source address has in 15 minutes. */
  readonly attemptsPerSource: number;
  /** How mails are sent. Absent: none can be. */
  readonly mail: MailChoice | undefined;
  /** How text messages are sent. Absent: none can be. */
  readonly sms: SmsChoice | undefined;
  /** The providers that users sign in with. */
  readonly thirdParty: ThirdPartyConfig;
  /** Whether a password reset ends all of the user's sessions. */
  readonly resetEndsSessions: boolean;
}

/** How long the links in mails are valid. Absent: another core decides, and the environment does not say what it decides. */
export interface LinkLifetimes {
  readonly passwordReset: Millis | undefined;
  readonly emailVerification: Millis | undefined;
}

/** In development, mails go into a folder. Elsewhere, Amazon SES sends them. */
export type MailChoice =
  | { readonly kind: 'mailbox'; readonly folder: string }
  | { readonly kind: 'ses'; readonly address: string; readonly region: string };

/** In development, text messages go into a folder. Elsewhere, Amazon SNS sends them. */
export type SmsChoice =
  | { readonly kind: 'mailbox'; readonly folder: string }
  | { readonly kind: 'sns'; readonly region: string; readonly senderId: string | undefined };

/** Reads what user functions have. @throws ConfigurationError naming every faulty variable at once */
export const readUserServiceConfig = (environment: Environment = processEnvironment()): UserServiceConfig =>
  readAll(environment, (variables) => {
    const settings = readUserSettings(variables);
    return {
      coreUsersTable: variables.required('CORE_USERS_TABLE'),
      attemptsTable: variables.required('USERS_TABLE'),
      settings,
      linkLifetimes: readLinkLifetimes(variables, settings.users),
      attemptsPerSource: variables.number('ATTEMPTS_PER_SOURCE', ATTEMPT_LIMITS.source, 10, 100_000, 'whole'),
      mail: readMail(variables),
      sms: readSms(variables),
      thirdParty: readThirdParty(variables),
      resetEndsSessions: variables.oneOf('PASSWORD_RESET_ENDS_SESSIONS', ['on', 'off']) !== 'off',
    };
  });

/** Another core has lifetimes of its own. The variables then only say what they are. */
function readLinkLifetimes(variables: Variables, users: UserConfig): LinkLifetimes {
  const isBuiltIn = variables.optional('SUPERTOKENS_CONNECTION_URI') === undefined;
  const isKnown = (name: string): boolean => isBuiltIn || variables.optional(name) !== undefined;
  return {
    passwordReset: isKnown('PASSWORD_RESET_TOKEN_LIFETIME') ? users.passwordResetTokenLifetime : undefined,
    emailVerification: isKnown('EMAIL_VERIFICATION_TOKEN_LIFETIME') ? users.emailVerificationTokenLifetime : undefined,
  };
}

function readMail(variables: Variables): MailChoice | undefined {
  const folder = variables.optional('DEV_MAILBOX_FOLDER');
  const address = variables.optional('MAIL_FROM');
  const isAddress = address === undefined || /^[^\s@<>",]+@[^\s@<>",]+$/.test(address);
  variables.check('MAIL_FROM', isAddress, 'be an e-mail address, without a name');
  if (folder !== undefined) return { kind: 'mailbox', folder };
  if (address === undefined) return undefined;
  return { kind: 'ses', address, region: variables.optional('MAIL_REGION') ?? readDynamoDb(variables).region };
}

function readSms(variables: Variables): SmsChoice | undefined {
  const folder = variables.optional('DEV_MAILBOX_FOLDER');
  const isOn = variables.oneOf('SMS', ['on', 'off']) === 'on';
  const senderId = variables.optional('SMS_SENDER_ID');
  const isSenderId = senderId === undefined || (/^[A-Za-z0-9]{1,11}$/.test(senderId) && /[A-Za-z]/.test(senderId));
  variables.check('SMS_SENDER_ID', isSenderId, 'have 1 to 11 letters and digits, and a letter among them');
  if (folder !== undefined) return { kind: 'mailbox', folder };
  if (!isOn) return undefined;
  return { kind: 'sns', region: variables.optional('SMS_REGION') ?? readDynamoDb(variables).region, senderId };
}
