import SuperTokens from 'supertokens-node';
import type { SuperTokensPlugin, UserContext } from 'supertokens-node/types';
import { durationIn } from '../mail/duration.ts';
import type { SendMail } from '../mail/mail.ts';
import { languageFor, type MailLanguages, type MailTexts, renderMail, type SignInFacts } from '../mail/mail-text.ts';
import type { SendSms } from '../mail/sms.ts';
import { MailNotSent, SmsNotSent } from './errors.ts';
import { guardedDelivery, guardedSmsDelivery, sendInTime } from './mail-delivery.ts';

export interface SignInCodeOptions {
  readonly appName: string;
  readonly languages: MailLanguages;
  /** Absent: mail is not configured. */
  readonly sendMail: SendMail | undefined;
  /** Absent: text messages are not configured. */
  readonly sendSms: SendSms | undefined;
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
          emailDelivery: guardedDelivery(
            own?.emailDelivery,
            { sendEmail: ({ email, ...code }) => mailTo(email, write(code), sendMail) },
            (_input, send) => sendInTime({ medium: 'mail', kind: 'signIn' }, send),
          ),
          smsDelivery: guardedSmsDelivery(
            own?.smsDelivery,
            { sendSms: ({ phoneNumber, ...code }) => messageTo(phoneNumber, write(code), sendSms) },
            (_input, send) => sendInTime({ medium: 'text message', kind: 'signIn' }, send),
          ),
        }),
      },
    },
  };
}

/** Returns what words a code in the reader's language. */
const createWriter =
  ({ appName, languages }: SignInCodeOptions) =>
  ({ userInputCode, urlWithLinkCode, codeLifetime, userContext }: Code): Written => {
    const wanted = SuperTokens.getRequestFromUserContext(userContext)?.getHeaderValue('accept-language');
    const { language, texts } = languageFor(languages, wanted);
    const validFor = durationIn(language, codeLifetime);
    return { texts, facts: { appName, validFor, code: userInputCode, link: urlWithLinkCode } };
  };

/** A language's texts, and what they say of a code. */
interface Written {
  readonly texts: MailTexts;
  readonly facts: SignInFacts;
}

async function mailTo(to: string, { texts, facts }: Written, send: SendMail | undefined): Promise<void> {
  if (send === undefined) throw new MailNotSent('mail_not_configured', 'This service cannot send mails yet');
  await send(renderMail(to, texts.signIn(facts), facts));
}

async function messageTo(to: string, { texts, facts }: Written, send: SendSms | undefined): Promise<void> {
  if (send === undefined) throw new SmsNotSent('sms_not_configured', 'This service cannot send text messages yet');
  await send({ to, text: texts.signInSms(facts) });
}
