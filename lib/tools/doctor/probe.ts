import type { Millis } from '../../core/types.ts';
import { isJsonObject } from '../../core/types.ts';

export interface Question {
  readonly method?: 'GET' | 'POST' | 'OPTIONS';
  /** Below the URL that is examined. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

export interface Answer {
  /** `GET /health`, as it was asked. */
  readonly asked: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, if it is a JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** From the question to the end of the answer, ms. */
  readonly took: Millis;
  /** By the doctor's clock, halfway between question and answer. */
  readonly at: Millis;
}

/** There was no answer; the message says, in plain words, what there was. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Asks one question and follows no redirect. @throws NoAnswer */
export type Ask = (question: Question) => Promise<Answer>;

export interface ProbeOptions {
  /** The URL that is examined, without a slash at its end. */
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly clock: () => Millis;
  /** How long a question may take, ms. */
  readonly timeout: Millis;
}

export function createProbe({ url, fetch, clock, timeout }: ProbeOptions): Ask {
  return async ({ method = 'GET', path, headers = {}, body }) => {
    const asked = `${method} ${path}`;
    const start = clock();
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: { 'user-agent': 'doctor', ...headers, ...(body && { 'content-type': 'application/json' }) },
        signal: AbortSignal.timeout(timeout),
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await readText(response);
      const end = clock();
      const { status, headers: received } = response;
      const json = jsonObject(text);
      return { asked, status, headers: received, text, json, took: end - start, at: (start + end) / 2 };
    } catch (error) {
      throw new NoAnswer(`${asked}: ${inPlainWords(error, timeout)}`, { cause: error });
    }
  };
}

/**
 * The limit for a response, in characters. This service's responses are much shorter, but another server's may be
 * endless.
 */
const MAX_TEXT = 1_000_000;

async function readText({ body }: Response): Promise<string> {
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.length > MAX_TEXT) break;
  }
  return text;
}

function jsonObject(text: string): Answer['json'] {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Codes of Node's errors, or their names if they have none, and what they say about the URL. */
const MEANINGS: readonly (readonly [code: RegExp, meaning: string])[] = [
  [/^(ENOTFOUND|EAI_AGAIN|EAI_NODATA)$/, 'the host name is unknown. Check its spelling and its DNS record'],
  [/^ECONNREFUSED$/, 'the host rejects the connection, so nothing listens at this port'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'this machine has no route to the host'],
  [
    /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    'the host does not accept the connection. It may be behind a firewall, or have a private address',
  ],
  [/^UND_ERR_HEADERS_OVERFLOW$/, 'the response has longer headers than API Gateway sends'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'the connection ended before the response was complete'],
  [
    /^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO)$/,
    'the server does not speak https. Try http',
  ],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another host name'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/,
    'this machine does not trust the issuer of its certificate',
  ],
  [/^(HPE_|HTTPParserError$)/, 'the server does not speak http. Try https'],
];

function inPlainWords(error: unknown, timeout: Millis): string {
  const chain = causesOf(error);
  if (chain.some(({ name }) => name === 'TimeoutError')) return `no answer within ${timeout / 1000} s`;
  const meaning = MEANINGS.find(([code]) => chain.some((cause) => code.test(codeOf(cause))))?.[1];
  // Never the message: one of Node's repeats the header that it refuses, which may be a token.
  return meaning ?? `no answer (${chain.map(codeOf).findLast((code) => code !== '') ?? 'unknown error'})`;
}

/** What errors have, whichever part of Node made them. */
type ErrorLike = Readonly<{ name?: string; message?: string; code?: string; cause?: unknown; errors?: unknown }>;

const codeOf = ({ code, name }: ErrorLike): string => code ?? name ?? '';

/** An error and what it was caused by; one of several addresses that were tried has one for each. */
function causesOf(error: unknown): ErrorLike[] {
  if (typeof error !== 'object' || error === null) return [];
  const { cause, errors } = error as ErrorLike;
  return [error, ...[cause, ...(Array.isArray(errors) ? errors : [])].flatMap(causesOf)];
}
