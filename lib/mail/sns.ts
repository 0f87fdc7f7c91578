import { readAwsCredentials } from '../config/aws-credentials.ts';
import type { CredentialProvider } from '../dynamodb/connection.ts';
import { serviceEndpoint } from '../dynamodb/endpoint.ts';
import { createSignedRequests, type SendSigned } from '../dynamodb/signed-request.ts';
import { timeLeft } from '../dynamodb/time-budget.ts';
import type { SendSms, Sms } from './sms.ts';

export interface SnsOptions {
  readonly region: string;
  /** What phones show as the sender, in countries that allow it. Absent: SNS chooses a number. */
  readonly senderId?: string | undefined;
  /** Absent: SNS's own in the region. */
  readonly endpoint?: string;
  /** Absent: the environment's, as Lambda sets them. */
  readonly credentials?: CredentialProvider;
}

/** Amazon SNS has not accepted a text message. */
export class SnsRefusal extends Error {
  override readonly name = 'SnsRefusal';
}

/** The most time that one message takes, ms. Less if the request has less left. */
const TIMEOUT = 5000;

/**
 * Sends text messages by Amazon SNS. A message is sent once: without a response, it may or may not be on its way.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function snsSender({ region, senderId, endpoint, credentials }: SnsOptions): SendSms {
  let send: SendSigned | undefined;
  return async (sms) => {
    // SNS would take anything else for the name of a topic, or fail later.
    if (!/^\+[1-9]\d{3,14}$/.test(sms.to))
      throw new SnsRefusal('The phone number is not in international form (E.164)');
    // Only a function that does send a message connects.
    send ??= createSignedRequests(
      {
        url: new URL(endpoint ?? serviceEndpoint('sns', region)),
        region,
        credentials: credentials ?? (async () => readAwsCredentials()),
      },
      'sns',
    );
    const { statusCode, body } = await send({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: publishing(sms, senderId).toString(),
      signal: AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(TIMEOUT, timeLeft())))),
    });
    if (statusCode !== 200) throw new SnsRefusal(`Amazon SNS answered ${statusCode}: ${body.slice(0, 500)}`);
  };
}

function publishing({ to, text }: Sms, senderId: string | undefined): URLSearchParams {
  // Codes must not wait behind advertisements.
  const attributes = { 'AWS.SNS.SMS.SMSType': 'Transactional', ...(senderId && { 'AWS.SNS.SMS.SenderID': senderId }) };
  const entries = Object.entries(attributes).flatMap(([name, value], index) => {
    const entry = `MessageAttributes.entry.${index + 1}`;
    return [
      [`${entry}.Name`, name],
      [`${entry}.Value.DataType`, 'String'],
      [`${entry}.Value.StringValue`, value],
    ];
  });
  return new URLSearchParams([
    ['Action', 'Publish'],
    ['Version', '2010-03-31'],
    ['PhoneNumber', to],
    ['Message', text],
    ...(entries as [string, string][]),
  ]);
}
