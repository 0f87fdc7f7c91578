import type { SuperTokensPlugin, UserContext } from 'supertokens-node/types';
import type { LinkLifetimes } from '../config/user-service-config.ts';
import type { MailLimit } from '../login/mail-limit.ts';
import { durationIn } from '../mail/duration.ts';
import type { SendMail } from '../mail/mail.ts';
import { type MailLanguages, renderMail } from '../mail/mail-text.ts';
import { mailDelivery, readersLanguage, refuseMail } from './mail-delivery.ts';
import { overrideApis } from './recipe-apis.ts';
import { inTurn } from './too-many-attempts.ts';

export interface UserMailOptions {
  readonly appName: string;
  readonly languages: MailLanguages;
  readonly sendMail: SendMail;
  readonly mailLimit: MailLimit;
  readonly linkLifetimes: LinkLifetimes;
}

/**
 * Lets the recipes send their mails by this service. By itself the SDK sends them through SuperTokens' own servers. A recipe
 * with an `emailDelivery` of yours, such as the SDK's SMTP service, keeps it, within the same limits.
 */
export function userMails(options: UserMailOptions): SuperTokensPlugin {
  const mailLink = createMailer(options);
  let hasOwnDelivery = false;
  return {
    id: 'user-mails',
    overrideMap: {
      emailpassword: {
        config(own) {
          hasOwnDelivery = own?.emailDelivery !== undefined;
          // The route has taken the turn of the address: see user-limits.ts.
          const emailDelivery = mailDelivery(own?.emailDelivery, 'passwordReset', (input) =>
            mailLink('passwordReset', input.user.email, input.passwordResetLink, input.userContext),
          );
          return { ...own, emailDelivery };
        },
        apis: overrideApis((original) => ({
          async generatePasswordResetTokenPOST(input) {
            // Otherwise only an e-mail with an account would get the error.
            if (!hasOwnDelivery && options.sendMail === refuseMail) await refuseMail();
            return original.generatePasswordResetTokenPOST(input);
          },
        })),
      },
      emailverification: {
        config: (own) => ({
          ...own,
          emailDelivery: mailDelivery(
            own?.emailDelivery,
            'emailVerification',
            (input) => mailLink('emailVerification', input.user.email, input.emailVerifyLink, input.userContext),
            ({ user }, send) => inTurn(options.mailLimit, 'email-verification', user.email, send),
          ),
        }),
      },
    },
  };
}

/** Writes a mail with a link in the reader's language, and sends it by this service. */
const createMailer =
  ({ appName, languages, sendMail, linkLifetimes }: UserMailOptions) =>
  (kind: keyof LinkLifetimes, to: string, link: string, userContext: UserContext): Promise<void> => {
    const { language, texts } = readersLanguage(languages, userContext);
    const lifetime = linkLifetimes[kind];
    const validFor = lifetime === undefined ? undefined : durationIn(language, lifetime);
    return sendMail(renderMail(to, texts[kind]({ appName, validFor }), { link }));
  };
