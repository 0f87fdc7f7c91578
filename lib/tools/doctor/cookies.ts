import { type Finding, ok, problem, quoted, SEE, skipped, warning } from './finding.ts';
import type { Ask } from './probe.ts';
import { COOKIE_NAMES, refreshWithoutTokens } from './session.ts';
import { isSentTo, type SetCookie, setCookiesOf } from './set-cookie.ts';
import { isLocal, isLoopbackMix, isSameSite, refreshPathOf, registrableDomain, type Target } from './target.ts';

/** What a browser makes of the session's two cookies, among those that an answer sets; nothing if they are not there. */
export function cookieFindings(cookies: readonly SetCookie[], target: Target): Finding[] {
  const both = cookies.filter(({ name }) => Object.values<string>(COOKIE_NAMES).includes(name));
  if (both.length === 0) return [];
  return [
    pathFinding(both, target),
    domainFinding(both, target),
    sameSiteFinding(both, target),
    secureFinding(both, target),
    httpOnlyFinding(both),
  ];
}

/** The same for cleared cookies. A browser deletes only the cookies with this domain and this path. */
export async function removedCookieFindings(ask: Ask, target: Target): Promise<Finding[]> {
  const { headers } = await refreshWithoutTokens(ask, target);
  return cookieFindings(setCookiesOf(headers), target);
}

function httpOnlyFinding(cookies: readonly SetCookie[]): Finding {
  const readable = cookies.find(({ isHttpOnly }) => !isHttpOnly);
  if (readable === undefined) return ok('cookie-http-only', 'Scripts cannot read them.');
  const fix = 'SuperTokens sets HttpOnly. Find the proxy or CDN that removes it.';
  return problem('cookie-http-only', `${readable.name} is not HttpOnly, so a script on the page can steal it.`, fix);
}

function pathFinding(cookies: readonly SetCookie[], target: Target): Finding {
  const refreshPath = refreshPathOf(target);
  const { api, gatewayPath, basePath } = target;
  const pathOf = (name: string): string => cookies.find((cookie) => cookie.name === name)?.path ?? '/';
  const [access, refresh] = [pathOf(COOKIE_NAMES.access), pathOf(COOKIE_NAMES.refresh)];
  const set = `API_DOMAIN=${api}, API_GATEWAY_PATH=${gatewayPath}, API_BASE_PATH=${basePath}`;
  const fix = `Set ${set}. The cookies' paths follow from these.`;
  if (!isSentTo(refresh, refreshPath)) {
    const observed = `sRefreshToken has Path=${quoted(refresh)}, so the browser never sends it to ${refreshPath}.`;
    return problem('cookie-path', observed, fix, SEE.paths);
  }
  if (!isSentTo(access, `${gatewayPath}/`)) {
    const observed = `sAccessToken has Path=${quoted(access)}, so the browser does not send it to every route.`;
    return problem('cookie-path', observed, fix, SEE.paths);
  }
  if (refresh === refreshPath) return ok('cookie-path', `sRefreshToken is sent to ${refreshPath} only.`);
  const observed = `sRefreshToken has Path=${quoted(refresh)}, so the browser sends it with more requests than the refresh.`;
  return warning('cookie-path', observed, fix, SEE.paths);
}

function domainFinding(cookies: readonly SetCookie[], target: Target): Finding {
  const api = new URL(target.api);
  const domain = cookies.find((cookie) => cookie.domain !== undefined)?.domain;
  if (domain === undefined)
    return ok('cookie-domain', `The cookies have no Domain, so browsers send them to ${api.hostname} only.`);
  const named = quoted(domain);
  if (!isWithin(api.hostname, domain)) {
    const observed = `Domain=${named} is neither ${api.hostname} nor a domain above it, so browsers discard the cookies.`;
    const fix = `Set COOKIE_DOMAIN to ${api.hostname} or a domain above it, or remove it.`;
    return problem('cookie-domain', observed, fix, SEE.configuration);
  }
  const site = registrableDomain(api);
  if (domain !== site && isWithin(site, domain)) {
    const observed = `Domain=${named} is a public suffix, below which anyone can register names. Browsers discard the cookies.`;
    const fix = `Set COOKIE_DOMAIN to ${site} or below it, or remove it.`;
    return problem('cookie-domain', observed, fix, SEE.configuration);
  }
  return ok('cookie-domain', `${named} and all domains below it get the cookies.`);
}

const isWithin = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

function sameSiteFinding(cookies: readonly SetCookie[], target: Target): Finding {
  // Browsers take Lax where it is missing.
  const values = [...new Set(cookies.map(({ sameSite = 'lax' }) => sameSite))];
  const named = `SameSite=${quoted(values.join(' and '))}`;
  const fix = `Set API_DOMAIN=${target.api} and WEBSITE_DOMAIN=${target.website}. SameSite follows from these.`;
  const isNone = values.includes('none');
  if (isLoopbackMix(target)) return skipped('cookie-same-site', 'Not checked because of loopback-names.');
  if (isSameSite(target)) {
    if (!isNone) return ok('cookie-same-site', `${named}, and API and website belong to one site.`);
    const observed = `${named}, although the API and the website belong to one site. Browsers send the cookies with requests of other sites too.`;
    return warning('cookie-same-site', observed, fix, SEE.domains);
  }
  if (isNone && values.length === 1)
    return ok('cookie-same-site', `${named}, which an API and a website of two sites need.`);
  const observed = `${named}, although the API and the website belong to two sites. Browsers do not send the cookies.`;
  return problem('cookie-same-site', observed, fix, SEE.domains);
}

function secureFinding(cookies: readonly SetCookie[], target: Target): Finding {
  const isHttps = target.api.startsWith('https:');
  const fix = `Set API_DOMAIN=${target.api}. The cookies are Secure if it begins with https.`;
  if (isHttps) {
    const plain = cookies.find(({ isSecure }) => !isSecure);
    if (plain === undefined) return ok('cookie-secure', 'They are Secure.');
    const isDropped = plain.sameSite === 'none';
    const effect = isDropped ? 'browsers discard it, because it is SameSite=None' : 'browsers also send it over http';
    return problem('cookie-secure', `${plain.name} is not Secure: ${effect}.`, fix, SEE.domains);
  }
  const none = cookies.find(({ isSecure, sameSite }) => !isSecure && sameSite === 'none');
  if (none !== undefined) {
    const observed = `${none.name} is SameSite=None and not Secure, so browsers discard it.`;
    const oneSite =
      'Serve the API over https, or give the website the same site. In development, use localhost for both.';
    return problem('cookie-secure', observed, oneSite, SEE.domains);
  }
  const secure = cookies.find(({ isSecure }) => isSecure);
  if (secure === undefined) return ok('cookie-secure', 'They are not Secure, which http requires.');
  if (isLocal(target)) {
    return warning('cookie-secure', `${secure.name} is Secure on http, and Safari discards it here.`, fix);
  }
  return problem('cookie-secure', `${secure.name} is Secure on http, so browsers discard it.`, fix, SEE.domains);
}
