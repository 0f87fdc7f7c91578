import SuperTokens from 'supertokens-node';
import type { TypeInput } from 'supertokens-node/lib/build/ingredients/emaildelivery/types';
import type { TypeInput as SmsTypeInput } from 'supertokens-node/lib/build/ingredients/smsdelivery/types';
import type { UserContext } from 'supertokens-node/types';
import { inTime } from '../dynamodb/time-budget.ts';
import { isOneAddress } from '../login/email.ts';
import { MAIL_TIMEOUT } from '../mail/mail.ts';
import { languageFor, type MailLanguage, type MailLanguages } from '../mail/mail-text.ts';
import { log } from '../observability/log.ts';
import { FieldError, HttpError, MailNotSent, SmsNotSent } from './errors.ts';

/** What a recipe wants to be sent. */
type Given<Input> = Input & { readonly userContext: UserContext };

/** A mail of a recipe, with the address that it goes to. */
type Addressed = { readonly user: { readonly email: string } } | { readonly email: string };

/** What a mail is for, as the log names it. */
export type MailPurpose = 'passwordReset' | 'emailVerification' | 'signIn';

/**
 * Completes a recipe's `emailDelivery`.
 * @param own yours, with SuperTokens' SMTP service for instance. Its `service` and its `override` stay
 * @param sendEmail sends the mails if yours has no service
 * @param guard is called in place of whatever sends in the end
 */
export const mailDelivery = <Input extends Addressed>(
  own: TypeInput<Input> | undefined,
  purpose: MailPurpose,
  sendEmail: (input: Given<Input>) => Promise<void>,
  guard = (_input: Given<Input>, send: () => Promise<void>): Promise<void> => send(),
): TypeInput<Input> => ({
  service: own?.service ?? { sendEmail },
  override(original, builder) {
    const sender = own?.override?.(original, builder) ?? original;
    return {
      async sendEmail(input) {
        checkOneAddress('user' in input ? input.user.email : input.email);
        await guard(input, () => sendInTime(purpose, () => sender.sendEmail(input), mailNotSent));
      },
    };
  },
});

/**
 * Refuses an e-mail by which a mail program may send to another address. A user can have one by your code, or by an import.
 * @throws FieldError
 */
export function checkOneAddress(email: string): void {
  if (!isOneAddress(email)) throw new FieldError('email', 'No mail can be sent to this e-mail address');
}

/** Completes a recipe's `smsDelivery`, as {@link mailDelivery} does with mails. */
export const smsDelivery = <Input>(
  own: SmsTypeInput<Input> | undefined,
  sendSms: (input: Given<Input>) => Promise<void>,
): SmsTypeInput<Input> => ({
  service: own?.service ?? { sendSms },
  override(original, builder) {
    const sender = own?.override?.(original, builder) ?? original;
    return { sendSms: (input) => sendInTime('signIn', () => sender.sendSms(input), smsNotSent) };
  },
});

const mailNotSent = () => new MailNotSent('mail_not_sent', 'The mail could not be sent. Please try again later.');
const smsNotSent = () => new SmsNotSent('sms_not_sent', 'The text message could not be sent. Please try again later.');

/**
 * Sends a message, in the time that the request has. SuperTokens' SMTP service by itself waits for a silent server for minutes.
 * @throws what `notSent` returns, if the message was not accepted in time. It may be on its way all the same
 */
async function sendInTime(kind: MailPurpose, send: () => Promise<void>, notSent: () => HttpError): Promise<void> {
  try {
    await inTime(MAIL_TIMEOUT, send());
  } catch (error) {
    if (error instanceof HttpError) throw error;
    const answer = notSent();
    log('error', answer.name, { kind, error });
    throw answer;
  }
}

/** Takes the place of a sender of mails that is not configured. @throws MailNotSent always */
export async function refuseMail(): Promise<never> {
  throw new MailNotSent('mail_not_configured', 'This service cannot send mails yet');
}

/** Takes the place of a sender of text messages that is not configured. @throws SmsNotSent always */
export async function refuseSms(): Promise<never> {
  throw new SmsNotSent('sms_not_configured', 'This service cannot send text messages yet');
}

/** The language of a message, by the header `Accept-Language` of the request that causes it. */
export const readersLanguage = (languages: MailLanguages, userContext: UserContext): MailLanguage =>
  languageFor(languages, SuperTokens.getRequestFromUserContext(userContext)?.getHeaderValue('accept-language'));
