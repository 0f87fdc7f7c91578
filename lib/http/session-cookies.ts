import type { GatewayRequest } from './gateway.ts';

/** The cookies in which the SDK looks for tokens; the last is of older SDKs. */
const SESSION_COOKIES = ['sAccessToken', 'sRefreshToken', 'sIdRefreshToken'];

/** Whether a request carries a token, or what the SDK would take for one, in a cookie. */
export const hasSessionCookie = ({ headers }: GatewayRequest): boolean => cookiesIn(headers.cookie).some(isSession);

/**
 * The request without session cookies that the SDK would parse as JSON (`j:…`). It expects a text, and answers 500
 * otherwise. No token begins like this.
 */
export function withoutJsonTokens(request: GatewayRequest): GatewayRequest {
  const cookies = cookiesIn(request.headers.cookie);
  const kept = cookies.filter((cookie) => !(isSession(cookie) && isJson(cookie)));
  if (kept.length === cookies.length) return request;
  return withCookies(request, kept);
}

/** The request as if its client had sent no cookie. */
export const withoutCookies = (request: GatewayRequest): GatewayRequest => withCookies(request, []);

function withCookies(request: GatewayRequest, cookies: string[]): GatewayRequest {
  const { cookie: _replaced, ...headers } = request.headers;
  return { ...request, headers: cookies.length === 0 ? headers : { ...headers, cookie: cookies.join('; ') }, cookies };
}

const cookiesIn = (header: string | undefined): string[] => header?.split(';').map((cookie) => cookie.trim()) ?? [];

const isSession = (cookie: string): boolean => SESSION_COOKIES.includes(cookie.replace(/\s*=.*/s, ''));

/** As the SDK reads a value: without white space and quotes, and percent-decoded if that is possible. */
function isJson(cookie: string): boolean {
  const value = cookie.replace(/^[^=]*=\s*"?/, '');
  try {
    return decodeURIComponent(value).startsWith('j:');
  } catch {
    return value.startsWith('j:');
  }
}
