/** A mail to one address. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The most time that one mail takes, ms. Less if the request has less left. */
export const MAIL_TIMEOUT = 5000;

/** Sends a mail. It throws if the mail was not accepted. */
export type SendMail = (mail: Mail) => Promise<void>;
