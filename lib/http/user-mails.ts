import SuperTokens from 'supertokens-node';
import type { SuperTokensPlugin, UserContext } from 'supertokens-node/types';
import type { LinkLifetimes } from '../config/user-service-config.ts';
import type { MailLimit } from '../login/mail-limit.ts';
import { durationIn } from '../mail/duration.ts';
import type { SendMail } from '../mail/mail.ts';
import { languageFor, type MailLanguages, renderMail } from '../mail/mail-text.ts';
import { MailNotSent } from './errors.ts';
import { guardedDelivery, sendInTime } from './mail-delivery.ts';
import { inTurn } from './too-many-attempts.ts';

export interface UserMailOptions {
  readonly appName: string;
  readonly languages: MailLanguages;
  /** Absent: mail is not configured. */
  readonly send: SendMail | undefined;
  readonly mailLimit: MailLimit;
  readonly linkLifetimes: LinkLifetimes;
}

/**
 * Lets the recipes send their mails by this service. By itself the SDK sends them through SuperTokens' own servers. A recipe
 * with an `emailDelivery` of yours, such as the SDK's SMTP service, keeps it, within the same limits.
 */
export function userMails(options: UserMailOptions): SuperTokensPlugin {
  const mailTo = createMailer(options);
  let hasOwnDelivery = false;
  return {
    id: 'user-mails',
    overrideMap: {
      emailpassword: {
        config(own) {
          hasOwnDelivery = own?.emailDelivery !== undefined;
          return {
            ...own,
            emailDelivery: guardedDelivery(
              own?.emailDelivery,
              {
                sendEmail: ({ user, passwordResetLink, userContext }) =>
                  mailTo(user.email, 'passwordReset', passwordResetLink, userContext),
              },
              // The route has taken the turn of the address: see user-limits.ts.
              (_input, send) => sendInTime({ medium: 'mail', kind: 'passwordReset' }, send),
            ),
          };
        },
        apis: (original) => ({
          ...original,
          ...(original.generatePasswordResetTokenPOST && {
            async generatePasswordResetTokenPOST(input) {
              // Otherwise only an e-mail with an account would get the error.
              if (!hasOwnDelivery) sendOf(options);
              if (original.generatePasswordResetTokenPOST === undefined)
                throw new Error('The recipe EmailPassword has no password reset');
              return original.generatePasswordResetTokenPOST(input);
            },
          }),
        }),
      },
      emailverification: {
        config: (own) => ({
          ...own,
          emailDelivery: guardedDelivery(
            own?.emailDelivery,
            {
              sendEmail: ({ user, emailVerifyLink, userContext }) =>
                mailTo(user.email, 'emailVerification', emailVerifyLink, userContext),
            },
            ({ user }, send) =>
              inTurn(options.mailLimit, 'email-verification', user.email, () =>
                sendInTime({ medium: 'mail', kind: 'emailVerification' }, send),
              ),
          ),
        }),
      },
    },
  };
}

/** Writes a mail in the reader's language, and sends it by this service. */
function createMailer(options: UserMailOptions) {
  const { appName, languages, linkLifetimes } = options;
  return async (to: string, kind: keyof LinkLifetimes, link: string, userContext: UserContext): Promise<void> => {
    const wanted = SuperTokens.getRequestFromUserContext(userContext)?.getHeaderValue('accept-language');
    const { language, texts } = languageFor(languages, wanted);
    const lifetime = linkLifetimes[kind];
    const validFor = lifetime === undefined ? undefined : durationIn(language, lifetime);
    const mail = renderMail(to, texts[kind]({ appName, validFor }), { link });
    await sendOf(options)(mail);
  };
}

/** @throws MailNotSent if mail is not configured */
function sendOf({ send }: UserMailOptions): SendMail {
  if (send === undefined) throw new MailNotSent('mail_not_configured', 'This service cannot send mails yet');
  return send;
}
