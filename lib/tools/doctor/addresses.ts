import { type Finding, ok, problem, SEE, skipped, warning } from './finding.ts';
import { isLoopback, isLoopbackMix, isSameSite, type Target } from './target.ts';

/** What the two addresses show without a request. */
export const addressFindings = (target: Target): Finding[] => [
  schemeFinding(target),
  loopbackFinding(target),
  siteFinding(target),
];

function schemeFinding({ api, website }: Target): Finding {
  const plain = [new URL(api), new URL(website)].find((url) => url.protocol === 'http:' && !isLoopback(url));
  if (plain !== undefined) {
    const name = plain.origin === api ? 'API_DOMAIN' : 'WEBSITE_DOMAIN';
    const observed = `${plain.origin} is http, so others on the network can read the tokens.`;
    return problem('scheme', observed, `Serve it over https, and set ${name}=https://${plain.host}.`, SEE.domains);
  }
  if (api.startsWith('http:') && website.startsWith('https:')) {
    const observed = `${website} is https and ${api} is http. Browsers block such requests, or send them without cookies.`;
    const fix = `Give the API and the website the same scheme, such as WEBSITE_DOMAIN=${website.replace('https:', 'http:')} in development.`;
    return problem('scheme', observed, fix, SEE.configuration);
  }
  return ok('scheme', `${new URL(api).protocol}// for the API, ${new URL(website).protocol}// for the website.`);
}

function loopbackFinding({ api, website }: Target): Finding {
  const [one, other] = [new URL(api), new URL(website)];
  if (!isLoopbackMix({ api, website })) return ok('loopback-names', 'localhost and 127.0.0.1 are not mixed.');
  const observed = `${one.hostname} and ${other.hostname} are two hosts to a browser, with separate cookies and CORS.`;
  const fix = `Use one name for both. Open the website at ${other.protocol}//${one.host.replace(/:\d+$/, '')}${portOf(other)}.`;
  return problem('loopback-names', observed, fix, SEE.trouble);
}

const portOf = ({ port }: URL): string => (port === '' ? '' : `:${port}`);

function siteFinding(target: Target): Finding {
  const { api, website } = target;
  if (isLoopbackMix(target)) return skipped('same-site', 'Not checked because of loopback-names.');
  if (isSameSite(target)) return ok('same-site', `${api} and ${website} belong to one site.`);
  const observed = `${api} and ${website} belong to two sites. Their cookies must be SameSite=None, which Safari and other browsers block.`;
  const fix = isLoopback(new URL(website))
    ? 'In Safari, a website on your machine cannot stay logged in at a deployed API. Run the API on your machine too: npm run dev.'
    : "Give the API a subdomain of the website's site, and set API_DOMAIN to it. Or transfer tokens in headers.";
  return warning('same-site', observed, fix, SEE.domains);
}
