import { type HapiServer, headersOf } from './hapi.ts';

type Fields = Readonly<Record<string, unknown>>;

/** serverless-offline does not read this header. */
const CARRIER = 'x-set-cookies';

/**
 * Moves a function's cookies into one header. serverless-offline parses a cookie and writes it again, without
 * attributes such as `Partitioned`. It keeps one cookie of a name, although cookies of another domain or path are
 * different ones.
 */
export function carryCookies({ cookies, headers, multiValueHeaders, ...others }: Fields): Fields {
  const single = partOf(headers);
  const multiple = partOf(multiValueHeaders);
  const all = [cookies, single.cookies, multiple.cookies].flat(2).filter((cookie) => typeof cookie === 'string');
  return {
    ...others,
    headers: { ...single.others, ...(all.length > 0 && { [CARRIER]: JSON.stringify(all) }) },
    multiValueHeaders: multiple.others,
  };
}

function partOf(headers: unknown): { readonly cookies: unknown[]; readonly others: Fields } {
  const entries = Object.entries((headers ?? {}) as Fields);
  const isCookie = ([name]: [string, unknown]): boolean => name.toLowerCase() === 'set-cookie';
  return {
    cookies: entries.filter(isCookie).map(([, value]) => value),
    others: Object.fromEntries(entries.filter((entry) => !isCookie(entry))),
  };
}

/** Sends the cookies that `carryCookies` has moved, as the function wrote them. */
export function sendCarriedCookies(server: HapiServer): void {
  server.ext('onPreResponse', (request, h) => {
    const headers = headersOf(request);
    const carried = headers[CARRIER];
    delete headers[CARRIER];
    if (typeof carried === 'string') headers['set-cookie'] = JSON.parse(carried);
    return h.continue;
  });
}
