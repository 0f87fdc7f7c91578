import { readAwsCredentials } from '../config/aws-credentials.ts';
import type { CredentialProvider } from '../dynamodb/connection.ts';
import { serviceEndpoint } from '../dynamodb/endpoint.ts';
import { createSignedRequests, type SendSigned } from '../dynamodb/signed-request.ts';
import { timeLeft } from '../dynamodb/time-budget.ts';
import { MAIL_TIMEOUT, type Mail, type SendMail } from './mail.ts';

export interface Sender {
  /** What mail programs show. */
  readonly name: string;
  /** SES must have verified the address or its domain. */
  readonly address: string;
}

export interface SesOptions {
  readonly from: Sender;
  readonly region: string;
  /** Absent: SES's own in the region. */
  readonly endpoint?: string;
  /** Absent: the environment's, as Lambda sets them. */
  readonly credentials?: CredentialProvider;
}

/** Amazon SES has not accepted a mail. */
export class SesRefusal extends Error {
  override readonly name = 'SesRefusal';
}

/**
 * Sends mails by Amazon SES. A mail is sent once: without an answer, it may or may not be on its way.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
export function sesSender({ from, region, endpoint, credentials }: SesOptions): SendMail {
  let send: SendSigned | undefined;
  return async (mail) => {
    // Only a function that does send a mail connects.
    send ??= createSignedRequests(
      {
        url: new URL(endpoint ?? serviceEndpoint('email', region)),
        region,
        credentials: credentials ?? (async () => readAwsCredentials()),
      },
      'ses',
    );
    const { statusCode, body } = await send({
      path: '/v2/email/outbound-emails',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(outboundEmail(from, mail)),
      signal: AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(MAIL_TIMEOUT, timeLeft())))),
    });
    if (statusCode !== 200) throw new SesRefusal(`Amazon SES answered ${statusCode}: ${body.slice(0, 500)}`);
  };
}

const outboundEmail = (from: Sender, { to, subject, text, html }: Mail) => ({
  FromEmailAddress: mailbox(from),
  Destination: { ToAddresses: [to] },
  Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text), Html: utf8(html) } } },
});

const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });

/** A name in ASCII is quoted (RFC 5322, section 3.2.4). Any other is encoded (RFC 2047, section 4.1). */
function mailbox({ name, address }: Sender): string {
  const shown = /^[ -~]*$/.test(name)
    ? `"${name.replace(/["\\]/g, '\\$&')}"`
    : `=?UTF-8?B?${Buffer.from(name).toString('base64')}?=`;
  return `${shown} <${address}>`;
}
