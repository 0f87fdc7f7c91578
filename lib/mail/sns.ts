import type { CredentialProvider } from '../dynamodb/connection.ts';
import { createServiceRequests } from '../dynamodb/service-requests.ts';
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
class SnsRefusal extends Error {
  override readonly name = 'SnsRefusal';
}

/** The most time that one message takes, ms. Less if the request has less left. */
const TIMEOUT = 5000;

/**
 * Sends text messages by Amazon SNS. A message is sent once: without a response, it may or may not be on its way.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function snsSender({ region, senderId, endpoint, credentials }: SnsOptions): SendSms {
  const send = createServiceRequests({ service: 'sns', region, endpoint, credentials });
  return async (sms) => {
    // SNS would take anything else for the name of a topic, or fail later.
    if (!/^\+[1-9]\d{3,14}$/.test(sms.to))
      throw new SnsRefusal('The phone number is not in international form (E.164)');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { statusCode, body } = await send({ headers, body: publishing(sms, senderId).toString() }, TIMEOUT);
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
