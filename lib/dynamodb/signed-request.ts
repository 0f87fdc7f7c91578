/// <reference path="./aws4.d.ts" />
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
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
  readonly signal: AbortSignal;
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
  return async ({ areCredentialsRefused = false, signal, ...sent }) => {
    const unsigned = { service, region, ...unsignedRequest(url, sent) };
    const request = aws4.sign(unsigned, await credentials(areCredentialsRefused ? { forceRefresh: true } : undefined));
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const sending = (isEncrypted ? httpsRequest : httpRequest)({ ...request, agent, signal }, resolve);
        sending.on('error', reject).end(request.body);
      });
      return { statusCode: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer) };
    } catch (error) {
      // Node.js reports an abort by an error of its own, in which the reason is hard to find.
      throw signal.aborted ? signal.reason : error;
    }
  };
}

type Sent = Omit<SignedRequest, 'areCredentialsRefused' | 'signal'>;

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

/** @throws Error if the connection breaks before the end */
async function bodyOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
