/// <reference path="./aws4.d.ts" />
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import aws4 from 'aws4';
import type { Connection } from './connection.ts';

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

/** Sends one request. @throws Refusal @throws Error if no complete answer of DynamoDB came */
export type Exchange = (operation: string, payload: object, signal: AbortSignal) => Promise<Answer>;

const CREDENTIALS_REFUSED = ['ExpiredTokenException', 'UnrecognizedClientException'];

/** Signs requests, and sends them over connections that are kept open. It makes no retries. */
export function createExchange({ url, region, credentials }: Connection): Exchange {
  const isEncrypted = url.protocol === 'https:';
  const agent = new (isEncrypted ? HttpsAgent : HttpAgent)({ keepAlive: true });
  // Temporary credentials of a server that runs for days are replaced every few hours.
  let areRefused = false;
  return async (operation, payload, signal) => {
    const unsigned = requestTo(url, region, operation, JSON.stringify(payload));
    const request = aws4.sign(unsigned, await credentials(areRefused ? { forceRefresh: true } : undefined));
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = (isEncrypted ? httpsRequest : httpRequest)({ ...request, agent, signal }, resolve);
        sent.on('error', reject).end(request.body);
      });
      const read = answerOf(answer, await bodyOf(answer));
      areRefused = false;
      return read;
    } catch (error) {
      areRefused = error instanceof Refusal && CREDENTIALS_REFUSED.includes(error.code);
      // Node.js reports an abort by an error of its own, in which the reason is hard to find.
      throw signal.aborted ? signal.reason : error;
    }
  };
}

const requestTo = ({ hostname, port, pathname }: URL, region: string, operation: string, body: string) => ({
  service: 'dynamodb',
  region,
  method: 'POST',
  hostname: hostname.replace(/^\[|\]$/g, ''),
  port,
  path: pathname,
  headers: {
    host: port === '' ? hostname : `${hostname}:${port}`,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  },
  body,
});

/** @throws Error if the connection breaks before the end */
async function bodyOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A proxy or a load balancer may answer in DynamoDB's place. Such an answer says nothing of the request. */
function answerOf({ statusCode = 0, headers }: IncomingMessage, body: string): Answer {
  const isDynamoDbs = headers['content-type']?.startsWith('application/x-amz-json');
  if (!isDynamoDbs) throw new Error(`The answer ${statusCode} is not from DynamoDB`);
  const answer = JSON.parse(body) as Answer;
  if (statusCode === 200) return answer;
  const { __type: type, message, Message } = answer;
  // `com.amazonaws.dynamodb.v20120810#X` or `X`
  throw new Refusal(statusCode, String(type).replace(/^.*#/, ''), String(message ?? Message));
}
