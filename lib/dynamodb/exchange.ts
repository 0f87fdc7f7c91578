import type { Connection } from './connection.ts';
import { createSignedRequests, type SignedAnswer } from './signed-request.ts';

export type Answer = Readonly<Record<string, unknown>>;

/** DynamoDB has refused a request. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly statusCode: number;
  /** DynamoDB's name for the reason, such as `ConditionalCheckFailedException`. */
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(`${code}: ${message}`);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** Sends one request. @param timeout ms @throws Refusal @throws Error if no complete answer of DynamoDB came */
export type Exchange = (operation: string, payload: object, timeout: number) => Promise<Answer>;

const CREDENTIALS_REFUSED = ['ExpiredTokenException', 'UnrecognizedClientException'];

/** Makes requests in DynamoDB's protocol. It makes no retries. */
export function createExchange(connection: Connection): Exchange {
  const send = createSignedRequests(connection, 'dynamodb');
  // Temporary credentials of a server that runs for days are replaced every few hours.
  let areCredentialsRefused = false;
  return async (operation, payload, timeout) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    try {
      const read = answerOf(await send({ headers, body: JSON.stringify(payload), areCredentialsRefused, timeout }));
      areCredentialsRefused = false;
      return read;
    } catch (error) {
      areCredentialsRefused = error instanceof Refusal && CREDENTIALS_REFUSED.includes(error.code);
      throw error;
    }
  };
}

/** A proxy or a load balancer may answer in DynamoDB's place. Such an answer says nothing of the request. */
function answerOf({ statusCode, headers, body }: SignedAnswer): Answer {
  const isDynamoDbs = headers['content-type']?.startsWith('application/x-amz-json');
  if (!isDynamoDbs) throw new Error(`The response ${statusCode} is not from DynamoDB`);
  const answer = JSON.parse(body) as Answer;
  if (statusCode === 200) return answer;
  const { __type: type, message, Message } = answer;
  // `com.amazonaws.dynamodb.v20120810#X` or `X`
  throw new Refusal(statusCode, String(type).replace(/^.*#/, ''), String(message ?? Message));
}
