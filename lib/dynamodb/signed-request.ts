/// <reference path="./aws4.d.ts" />
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import aws4 from 'aws4';
import type { Connection } from './connection.ts';

/** A request to one of AWS's services. */
export interface SignedRequest {
  /** Absent: `POST`. */
  readonly method?: 'GET' | 'POST';
  /** Absent: that of the connection. */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: none. */
  readonly body?: string;
  /** Whether AWS has refused the credentials of the last request. */
  readonly areCredentialsRefused?: boolean;
  /** How long the complete answer may take, ms. */
  readonly timeout: number;
}

export interface SignedAnswer {
  readonly statusCode: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends one request. @throws Error if no complete answer came */
export type SendSigned = (request: SignedRequest) => Promise<SignedAnswer>;

/**
 * Signs requests, and sends them over connections that are kept open. It makes no retries.
 * @param service the name that AWS signs by, such as `dynamodb`
 */
export function createSignedRequests({ url, region, credentials }: Connection, service: string): SendSigned {
  const isEncrypted = url.protocol === 'https:';
  const agent = new (isEncrypted ? HttpsAgent : HttpAgent)({ keepAlive: true });
  return async ({ areCredentialsRefused = false, timeout, ...sent }) => {
    const unsigned = { service, region, ...unsignedRequest(url, sent) };
    const request = aws4.sign(unsigned, await credentials(areCredentialsRefused ? { forceRefresh: true } : undefined));
    const sending = (isEncrypted ? httpsRequest : httpRequest)({ ...request, agent });
    return await answerTo(sending, request.body, timeout);
  };
}

type Sent = Omit<SignedRequest, 'areCredentialsRefused' | 'timeout'>;

const unsignedRequest = (
  { hostname, port, pathname }: URL,
  { method = 'POST', path = pathname, headers, body = '' }: Sent,
) => ({
  method,
  hostname: hostname.replace(/^\[|\]$/g, ''),
  port,
  path,
  headers: { host: port === '' ? hostname : `${hostname}:${port}`, ...headers },
  body,
});

/**
 * Reads the answer by listeners and a timer. `for await` and an `AbortSignal` would add 3 ms of CPU time to a cold sign-in.
 * @throws Error if the connection breaks before the end, or the time is up
 */
function answerTo(sending: ClientRequest, body: string, timeout: number): Promise<SignedAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SignedAnswer>();
  const timer = setTimeout(() => {
    reject(new Error(`No response came within ${Math.round(timeout)} ms`));
    sending.destroy();
  }, timeout);
  const read = (answer: IncomingMessage): void => {
    const chunks: Buffer[] = [];
    answer
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const { statusCode = 0, headers } = answer;
        resolve({ statusCode, headers, body: Buffer.concat(chunks).toString() });
      })
      .on('error', reject);
  };
  sending.on('response', read).on('error', reject).end(body);
  return promise.finally(() => clearTimeout(timer));
}
