import type { PageSettings } from './settings.ts';

/** An answer other than success. */
export class Refused extends Error {
  readonly status: number;
  /** Of the request's body, at fault. */
  readonly field: string | undefined;

  constructor(status: number, message: string, field: string | undefined) {
    super(message);
    this.status = status;
    this.field = field;
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
      const { message, field } = answer;
      throw new Refused(
        response.status,
        String(message ?? response.statusText),
        field === undefined ? undefined : String(field),
      );
    },
  };
}
