import { isHttpUrl } from './variables.ts';

/**
 * The websites that browsers may call from: origins such as `https://app.example.com`. The first label of a host may be a
 * wildcard, as in `https://*.example.com`. It stands for exactly one label.
 */
export type Websites = readonly [string, ...string[]];

/** The website of a laptop. */
export const DEFAULT_WEBSITES: Websites = ['http://localhost:3000'];

/** What a website is, in the words of a fault. */
export const WEBSITES_RULE =
  'be http(s) URLs without a path, separated by commas. The first label of a host may be *, as in https://*.example.com';

/**
 * Reads a list of origins, separated by commas. An empty text stands for the default.
 * @returns the origins as browsers write them, or nothing if one of them is none
 */
export function parseWebsites(text: string): Websites | undefined {
  if (text.trim() === '') return DEFAULT_WEBSITES;
  const origins = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(originIn);
  const [first, ...others] = origins.filter((origin) => origin !== undefined);
  return first !== undefined && others.length + 1 === origins.length ? [first, ...others] : undefined;
}

/** The origin that an entry is, as browsers write it: in lower case, and without the scheme's own port. */
function originIn(entry: string): string | undefined {
  const isWildcard = /^https?:\/\/\*\./i.test(entry);
  const example = isWildcard ? entry.replace('*', LABEL) : entry;
  if (example.includes('*') || !isHttpUrl(example)) return undefined;
  const { href, origin, hostname } = new URL(example);
  if (href !== `${origin}/` || (isWildcard && !isBelowDomain(hostname))) return undefined;
  return isWildcard ? origin.replace(LABEL, '*') : origin;
}

/** Stands for the wildcard where a whole origin is needed. */
const LABEL = 'www';

/** `*.com` would be every website. `*.localhost` is one machine. */
const isBelowDomain = (hostname: string): boolean =>
  hostname.split('.').length > 2 || hostname.split('.')[1] === 'localhost';

/** Whether a browser's `Origin` is one of the websites. */
export const isWebsite = (origin: string | undefined, websites: Websites): origin is string =>
  origin !== undefined && websites.some((website) => isOriginOf(website, origin));

function isOriginOf(website: string, origin: string): boolean {
  const [before = '', after] = website.split('*');
  if (after === undefined) return origin === website;
  const isBetween = origin.startsWith(before) && origin.endsWith(after);
  return isBetween && /^[a-z0-9_-]+$/.test(origin.slice(before.length, -after.length));
}

/** The website that a request comes from. A request that names none, or a foreign one, counts as one of the first website's. */
export const websiteOf = (origin: string | undefined, websites: Websites): string =>
  isWebsite(origin, websites) ? origin : websites[0].replace('*', LABEL);

export const hasWildcard = (websites: Websites): boolean => websites.some((website) => website.includes('*'));
