import type { SuperTokensPlugin } from 'supertokens-node/types';
import type { ClientSecretsChoice } from '../config/third-party-config.ts';
import type { MailChoice, SmsChoice, UserServiceConfig } from '../config/user-service-config.ts';
import type { Websites } from '../config/websites.ts';
import type { Attempts } from '../login/attempts.ts';
import type { MailLimit } from '../login/mail-limit.ts';
import type { SendMail } from '../mail/mail.ts';
import type { MailLanguages } from '../mail/mail-text.ts';
import { mailboxSender, smsMailboxSender } from '../mail/mailbox.ts';
import { sesSender } from '../mail/ses.ts';
import type { SendSms } from '../mail/sms.ts';
import { snsSender } from '../mail/sns.ts';
import { type ReadSecrets, secretsIn } from '../secrets/secrets.ts';
import { secretsManager } from '../secrets/secrets-manager.ts';
import { codeLimit } from './code-limit.ts';
import { refuseMail, refuseSms } from './mail-delivery.ts';
import { recipeSessions } from './recipe-sessions.ts';
import { resetEndsSessions } from './reset-ends-sessions.ts';
import { resetOfOwnEmail } from './reset-of-own-email.ts';
import { signInCodes } from './sign-in-codes.ts';
import { storedEmails } from './stored-emails.ts';
import { thirdPartySignIn } from './third-party/plugin.ts';
import { userMails } from './user-mails.ts';
import { type GetPasswordMarks, passwordSignIn } from './user-sign-in.ts';

export interface UserPluginOptions {
  readonly config: UserServiceConfig;
  readonly appName: string;
  readonly websites: Websites;
  readonly languages: MailLanguages;
  readonly mailLimit: MailLimit;
  readonly attempts: Attempts;
  readonly passwordMarks: GetPasswordMarks;
  /** The password of an e-mail has been reset. */
  readonly noteReset: (email: string) => Promise<void>;
}

/** What the service adds to SuperTokens' recipes for users. */
export function userPlugins(options: UserPluginOptions): SuperTokensPlugin[] {
  const { config, appName, websites, languages, mailLimit, attempts, passwordMarks, noteReset } = options;
  const { linkLifetimes, thirdParty } = config;
  const sendMail = mailSender(config.mail, appName);
  return [
    userMails({ appName, languages, mailLimit, linkLifetimes, sendMail }),
    signInCodes({ appName, languages, sendMail, sendSms: smsSender(config.sms) }),
    codeLimit(attempts),
    thirdPartySignIn({ clients: thirdParty.clients, readSecrets: secretsReader(thirdParty.secrets), websites }),
    recipeSessions,
    passwordSignIn(passwordMarks),
    resetOfOwnEmail,
    storedEmails,
    ...(config.resetEndsSessions ? [resetEndsSessions(noteReset)] : []),
  ];
}

function mailSender(mail: MailChoice | undefined, appName: string): SendMail {
  if (mail === undefined) return refuseMail;
  if (mail.kind === 'mailbox') return mailboxSender(mail.folder);
  const { address, region } = mail;
  return sesSender({ from: { name: appName, address }, region });
}

function smsSender(sms: SmsChoice | undefined): SendSms {
  if (sms === undefined) return refuseSms;
  return sms.kind === 'mailbox' ? smsMailboxSender(sms.folder) : snsSender(sms);
}

function secretsReader(choice: ClientSecretsChoice | undefined): ReadSecrets | undefined {
  if (choice === undefined) return undefined;
  if (choice.kind === 'environment') return async () => secretsIn('THIRD_PARTY_SECRETS', choice.json);
  return secretsManager({ ...choice, clock: Date.now });
}
