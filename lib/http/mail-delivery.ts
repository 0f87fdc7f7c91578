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

/**
 * Sends a mail, in the time that the request has. SuperTokens' SMTP service by itself waits for a silent server for minutes.
 * @param kind what the log calls the mail
 * @throws MailNotSent if the mail was not accepted in time. It may be on its way all the same
 */
export async function sendInTime(kind: string, send: () => Promise<void>): Promise<void> {
  try {
    await inTime(send());
  } catch (error) {
    if (error instanceof HttpError) throw error;
    log('error', 'MailNotSent', { kind, error });
    throw new MailNotSent('mail_not_sent', 'The mail could not be sent. Please try again later.');
  }
}

/** Sends a text message, in the time that the request has. @throws SmsNotSent as {@link sendInTime} throws MailNotSent */
export async function sendSmsInTime(send: () => Promise<void>): Promise<void> {
  try {
    await inTime(send());
  } catch (error) {
    if (error instanceof HttpError) throw error;
    log('error', 'SmsNotSent', { error });
    throw new SmsNotSent('sms_not_sent', 'The text message could not be sent. Please try again later.');
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
