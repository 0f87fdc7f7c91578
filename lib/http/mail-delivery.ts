import type { EmailDeliveryInterface, TypeInput } from 'supertokens-node/lib/build/ingredients/emaildelivery/types';
import type {
  SmsDeliveryInterface,
  TypeInput as SmsTypeInput,
} from 'supertokens-node/lib/build/ingredients/smsdelivery/types';
import { timeLeft } from '../dynamodb/time-budget.ts';
import { MAIL_TIMEOUT } from '../mail/mail.ts';
import { log } from '../observability/log.ts';
import { HttpError, MailNotSent, SmsNotSent } from './errors.ts';

/** Sends the mail or the text message that `input` describes, by `send`. */
type Guard<Input> = (input: Input, send: () => Promise<void>) => Promise<void>;

/**
 * Completes a recipe's `emailDelivery`.
 * @param own yours, with SuperTokens' SMTP service for instance. Its `service` and its `override` stay
 * @param service sends the mails if yours has no service
 * @param guard is called in place of whatever sends in the end
 */
export const guardedDelivery = <Input>(
  own: TypeInput<Input> | undefined,
  service: EmailDeliveryInterface<Input>,
  guard: Guard<Input>,
): TypeInput<Input> => ({
  service: own?.service ?? service,
  override(original, builder) {
    const sender = own?.override?.(original, builder) ?? original;
    return { sendEmail: (input) => guard(input, () => sender.sendEmail(input)) };
  },
});

/** Completes a recipe's `smsDelivery`, as {@link guardedDelivery} does with mails. */
export const guardedSmsDelivery = <Input>(
  own: SmsTypeInput<Input> | undefined,
  service: SmsDeliveryInterface<Input>,
  guard: Guard<Input>,
): SmsTypeInput<Input> => ({
  service: own?.service ?? service,
  override(original, builder) {
    const sender = own?.override?.(original, builder) ?? original;
    return { sendSms: (input) => guard(input, () => sender.sendSms(input)) };
  },
});

/** What is sent, as the log names it. */
export type Message =
  | { readonly medium: 'mail'; readonly kind: 'passwordReset' | 'emailVerification' | 'signIn' }
  | { readonly medium: 'text message'; readonly kind: 'signIn' };

/**
 * Sends a message, in the time that the request has. SuperTokens' SMTP service by itself waits for a silent server for minutes.
 * @throws MailNotSent, or SmsNotSent, if the message was not accepted in time. It may be on its way all the same
 */
export async function sendInTime({ medium, kind }: Message, send: () => Promise<void>): Promise<void> {
  try {
    await inTime(send());
  } catch (error) {
    if (error instanceof HttpError) throw error;
    const notSent =
      medium === 'mail'
        ? new MailNotSent('mail_not_sent', 'The mail could not be sent. Please try again later.')
        : new SmsNotSent('sms_not_sent', 'The text message could not be sent. Please try again later.');
    log('error', notSent.name, { kind, error });
    throw notSent;
  }
}

async function inTime(sending: Promise<void>): Promise<void> {
  const time = Math.max(1, Math.min(MAIL_TIMEOUT, timeLeft()));
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`No server accepted the message within ${Math.round(time)} ms`)),
    time,
  );
  try {
    await Promise.race([sending, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
