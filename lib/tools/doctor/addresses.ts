import { type Finding, ok, problem, SEE, skipped, warning } from './finding.ts';
import { isLoopback, isLoopbackMix, isSameSite, type Target } from './target.ts';

/** What can be said of the two addresses without asking anybody. */
export const addressFindings = (target: Target): Finding[] => [
  schemeFinding(target),
  loopbackFinding(target),
  siteFinding(target),
];

function schemeFinding({ api, website }: Target): Finding {
  const plain = [new URL(api), new URL(website)].find((url) => url.protocol === 'http:' && !isLoopback(url));
  if (plain !== undefined) {
    const name = plain.origin === api ? 'API_DOMAIN' : 'WEBSITE_DOMAIN';
    const observed = `${plain.origin} is http: whoever is on the way reads the tokens.`;
    return problem('scheme', observed, `Serve it over https, and set ${name}=https://${plain.host}.`, SEE.domains);
  }
  if (api.startsWith('http:') && website.startsWith('https:')) {
    const observed = `${website} is https and ${api} is http: browsers refuse such requests, or do not send cookies with them.`;
    const fix = `Give API and website the same scheme: WEBSITE_DOMAIN=${website.replace('https:', 'http:')} in development.`;
    return problem('scheme', observed, fix, SEE.configuration);
  }
  return ok('scheme', `${new URL(api).protocol}// for the API, ${new URL(website).protocol}// for the website.`);
}

function loopbackFinding({ api, website }: Target): Finding {
  const [one, other] = [new URL(api), new URL(website)];
  if (!isLoopbackMix({ api, website })) return ok('loopback-names', 'No mix of localhost and 127.0.0.1.');
  const observed = `${one.hostname} and ${other.hostname} are two hosts to a browser: it keeps cookies apart, and CORS too.`;
  const fix = `Use one name in both: open the website at ${other.protocol}//${one.host.replace(/:\d+$/, '')}${portOf(other)}.`;
  return problem('loopback-names', observed, fix, SEE.trouble);
}

const portOf = ({ port }: URL): string => (port === '' ? '' : `:${port}`);

function siteFinding(target: Target): Finding {
  const { api, website } = target;
  if (isLoopbackMix(target)) return skipped('same-site', 'Not looked at because of loopback-names.');
  if (isSameSite(target)) return ok('same-site', `${api} and ${website} are of one site.`);
  const observed = `${api} and ${website} are of two sites: cookies must be SameSite=None, and Safari and others block them.`;
  const fix = isLoopback(new URL(website))
    ? 'A website on your machine that calls a deployed API is logged out in Safari: run the API there too (npm run dev).'
    : 'Give the API a subdomain of the website\'s site and set API_DOMAIN to it; or use token transfer "header".';
  return warning('same-site', observed, fix, SEE.domains);
}
