/** A mail to one address. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Sends a mail. It throws if the mail was not accepted. */
export type SendMail = (mail: Mail) => Promise<void>;
