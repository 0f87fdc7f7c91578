import type { Variables } from './variables.ts';

/** Proxies in front of API Gateway, and the header in which they name a client's address. */
export interface TrustedProxy {
  /** The header that each proxy appends an address to, in lower case. */
  readonly header: string;
  /** How many proxies there are. The client's address is that many entries from the end. */
  readonly hops: number;
}

const MAX_HOPS = 10;

/** Headers whose entries are not addresses alone: RFC 7239, and an address with an unmarked port. */
const NOT_ADDRESSES = ['forwarded', 'cloudfront-viewer-address'];

/** @returns `undefined` if no proxy is trusted, which is the default: clients can send any header themselves */
export function readTrustedProxy(variables: Variables): TrustedProxy | undefined {
  const header = variables.optional('TRUSTED_PROXY_HEADER')?.toLowerCase();
  const hops = variables.number('TRUSTED_PROXY_HOPS', 1, 1, MAX_HOPS, 'whole');
  const isAlone = header === undefined && variables.optional('TRUSTED_PROXY_HOPS') !== undefined;
  variables.check('TRUSTED_PROXY_HOPS', !isAlone, 'be absent without TRUSTED_PROXY_HEADER');
  variables.check(
    'TRUSTED_PROXY_HEADER',
    header === undefined || (/^[a-z0-9-]+$/.test(header) && !NOT_ADDRESSES.includes(header)),
    'name a header that lists addresses, such as X-Forwarded-For',
  );
  return header === undefined ? undefined : { header, hops };
}
