import type { SuperTokensPlugin, UserContext } from 'supertokens-node/types';
import { durationIn } from '../mail/duration.ts';
import type { SendMail } from '../mail/mail.ts';
import { type MailLanguages, type MailTexts, renderMail, type SignInFacts } from '../mail/mail-text.ts';
import type { SendSms } from '../mail/sms.ts';
import { mailDelivery, readersLanguage, smsDelivery } from './mail-delivery.ts';

export interface SignInCodeOptions {
  readonly appName: string;
  readonly languages: MailLanguages;
  readonly sendMail: SendMail;
  readonly sendSms: SendSms;
}

/** What the SDK wants to be sent. */
interface Code {
  readonly userInputCode?: string;
  readonly urlWithLinkCode?: string;
  /** ms */
  readonly codeLifetime: number;
  readonly userContext: UserContext;
}

/**
 * Lets Passwordless send its codes by this service. By itself the SDK sends them through SuperTokens' own servers. A recipe with an
 * `emailDelivery` or `smsDelivery` of yours keeps it. How many there are, code-limit.ts decides.
 */
export function signInCodes(options: SignInCodeOptions): SuperTokensPlugin {
  const write = createWriter(options);
  const { sendMail, sendSms } = options;
  return {
    id: 'sign-in-codes',
    overrideMap: {
      passwordless: {
        config: (own) => ({
          ...(own ?? { contactMethod: 'EMAIL', flowType: 'USER_INPUT_CODE' }),
          emailDelivery: mailDelivery(own?.emailDelivery, 'signIn', ({ email, ...code }) => {
            const { texts, facts } = write(code);
            return sendMail(renderMail(email, texts.signIn(facts), facts));
          }),
          smsDelivery: smsDelivery(own?.smsDelivery, ({ phoneNumber, ...code }) => {
            const { texts, facts } = write(code);
            return sendSms({ to: phoneNumber, text: texts.signInSms(facts) });
          }),
        }),
      },
    },
  };
}

/** A language's texts, and what they say of a code. */
interface Written {
  readonly texts: MailTexts;
  readonly facts: SignInFacts;
}

/** Returns what words a code in the reader's language. */
const createWriter =
  ({ appName, languages }: SignInCodeOptions) =>
  ({ userInputCode, urlWithLinkCode, codeLifetime, userContext }: Code): Written => {
    const { language, texts } = readersLanguage(languages, userContext);
    const validFor = durationIn(language, codeLifetime);
    return { texts, facts: { appName, validFor, code: userInputCode, link: urlWithLinkCode } };
  };
