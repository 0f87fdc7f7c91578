/** A text message to one phone number. */
export interface Sms {
  /** In international form (E.164), such as `+16505550100`. */
  readonly to: string;
  readonly text: string;
}

/** Sends a text message. It throws if the message was not accepted. */
export type SendSms = (sms: Sms) => Promise<void>;
