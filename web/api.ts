import type { PageSettings } from './settings.ts';

/** An answer other than success. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Api {
  /** Scheme, host and port. */
  readonly domain: string;
  readonly refreshUrl: string;
  /** Whether a URL is one of the API's, and its path as the routes are written. */
  isOurs(url: string): boolean;
  pathOf(url: string): string;
  /** Calls a route through the SDK's `fetch`. @throws Refused @throws TypeError if there is no answer */
  call(method: string, path: string, body?: object): Promise<Readonly<Record<string, unknown>>>;
}

export function createApi({ apiDomain, apiGatewayPath, apiBasePath }: PageSettings): Api {
  const domain = apiDomain ?? location.origin;
  const address = `${domain}${apiGatewayPath}`;
  const absolute = (url: string): string => new URL(url, location.href).href;
  return {
    domain,
    refreshUrl: `${address}${apiBasePath}/session/refresh`,
    isOurs: (url) => absolute(url).startsWith(`${address}/`),
    pathOf: (url) =>
      absolute(url)
        .slice(address.length)
        .replace(/[?#].*$/s, ''),
    async call(method, path, body) {
      const response = await fetch(`${address}${path}`, {
        method,
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
      if (response.ok) return answer;
      throw new Refused(response.status, String(answer.message ?? response.statusText));
    },
  };
}
