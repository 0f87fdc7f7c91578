import SuperTokens from 'supertokens-node';
import type { SuperTokensPlugin, UserContext } from 'supertokens-node/types';
import type { LinkLifetimes } from '../config/user-service-config.ts';
import type { MailLimit } from '../login/mail-limit.ts';
import { durationIn } from '../mail/duration.ts';
import type { SendMail } from '../mail/mail.ts';
import { languageFor, type MailLanguages, type MailTexts, renderMail } from '../mail/mail-text.ts';
import { log } from '../observability/log.ts';
import { MailNotSent } from './errors.ts';
import { tooMany } from './user-limits.ts';

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
 * with an `emailDelivery` of yours, such as the SDK's SMTP service, keeps it.
 */
export function userMails({ appName, languages, send, mailLimit, linkLifetimes }: UserMailOptions): SuperTokensPlugin {
  const mailTo = async (to: string, kind: keyof MailTexts, link: string, userContext: UserContext): Promise<void> => {
    const wanted = SuperTokens.getRequestFromUserContext(userContext)?.getHeaderValue('accept-language');
    const { language, texts } = languageFor(languages, wanted);
    const lifetime = linkLifetimes[kind];
    const validFor = lifetime === undefined ? undefined : durationIn(language, lifetime);
    const mail = renderMail(to, texts[kind]({ appName, validFor }), link);
    if (send === undefined) throw new MailNotSent('mail_not_configured', 'This service cannot send mails yet');
    try {
      await send(mail);
    } catch (error) {
      log('error', 'MailNotSent', { kind, error });
      throw new MailNotSent('mail_not_sent', 'The mail could not be sent. Please try again later.');
    }
  };
  return {
    id: 'user-mails',
    overrideMap: {
      emailpassword: {
        config: (own) => ({
          emailDelivery: {
            service: {
              sendEmail: ({ user, passwordResetLink, userContext }) =>
                mailTo(user.email, 'passwordReset', passwordResetLink, userContext),
            },
          },
          ...own,
        }),
      },
      emailverification: {
        config: (own) => ({
          emailDelivery: {
            service: {
              async sendEmail({ user, emailVerifyLink, userContext }) {
                const turn = await mailLimit.take('email-verification', user.email);
                if (turn.status !== 'OK') throw tooMany(turn);
                try {
                  await mailTo(user.email, 'emailVerification', emailVerifyLink, userContext);
                } catch (error) {
                  await mailLimit.giveBack('email-verification', user.email);
                  throw error;
                }
              },
            },
          },
          ...own,
        }),
      },
    },
  };
}
