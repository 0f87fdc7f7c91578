import type { CredentialProvider } from '../dynamodb/connection.ts';
import { createServiceRequests } from '../dynamodb/service-requests.ts';
import { MAIL_TIMEOUT, type Mail, type SendMail } from './mail.ts';

interface Sender {
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
class SesRefusal extends Error {
  override readonly name = 'SesRefusal';
}

/**
 * Sends mails by Amazon SES. A mail is sent once: without an answer, it may or may not be on its way.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
export function sesSender({ from, region, endpoint, credentials }: SesOptions): SendMail {
  const send = createServiceRequests({ service: 'ses', host: 'email', region, endpoint, credentials });
  return async (mail) => {
    const request = {
      path: '/v2/email/outbound-emails',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(outboundEmail(from, mail)),
    };
    const { statusCode, body } = await send(request, MAIL_TIMEOUT);
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
