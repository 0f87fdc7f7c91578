import { ALLOWED_METHODS, EXPOSED_HEADERS } from '../../http/cors.ts';
import type { Report } from './examination.ts';
import { type Finding, type FindingId, ok, problem, quoted, SEE, warning } from './finding.ts';
import type { Answer, Ask } from './probe.ts';
import { inShort } from './service.ts';
import { isLoopbackMix, type Target } from './target.ts';

/** Headers that SuperTokens' frontend SDKs send, and that need permission. */
const SENT_HEADERS = ['content-type', 'rid', 'fdi-version', 'anti-csrf', 'authorization', 'st-auth-mode'];

const preflight = (ask: Ask, path: string, method: string, origin: string): Promise<Answer> =>
  ask({
    method: 'OPTIONS',
    path,
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': SENT_HEADERS.join(','),
    },
  });

/** Whether the browser lets the website send requests: to SuperTokens' routes, and to a route of the service's own. */
export async function examinePreflights(ask: Ask, target: Target, report: Report): Promise<void> {
  const { basePath, route, website } = target;
  const answers = [
    await preflight(ask, `${basePath}/session/refresh`, 'POST', website),
    await preflight(ask, route, 'GET', website),
  ];
  const refused = answers.find(({ status }) => status < 200 || status > 299);
  if (refused !== undefined) {
    const fix =
      "Let OPTIONS reach API Gateway's CORS or the functions. In a REST API or CDN, pass it on without an authorizer.";
    report(problem('preflight', `${refused.asked} answers ${inShort(refused)}.`, fix, SEE.paths));
    return;
  }
  report(ok('preflight', `OPTIONS is answered ${answers[0]?.status}.`));
  reportFirstFault(
    report,
    'preflight-origin',
    answers,
    (answer) => originFault(answer, target),
    `They name ${website}.`,
  );
  if (answers.some(namesNobody)) return;
  reportFirstFault(report, 'preflight-credentials', answers, credentialsFault, 'Preflights allow credentials.');
  reportFirstFault(report, 'preflight-methods', answers, methodsFault, `They allow ${ALLOWED_METHODS.join(', ')}.`);
  reportFirstFault(report, 'preflight-headers', answers, headersFault, `They allow ${SENT_HEADERS.join(', ')}.`);
  report(cachingFinding(answers[0]));
}

/** Whether the browser lets the website read answers, an error's too. */
export async function examineAnswers(ask: Ask, target: Target, report: Report): Promise<void> {
  const { route, website } = target;
  const answers = [await ask({ path: route, headers: { origin: website } })];
  reportFirstFault(
    report,
    'answer-origin',
    answers,
    (answer) => originFault(answer, target),
    `Answers name ${website}.`,
  );
  if (answers.some(namesNobody)) return;
  reportFirstFault(report, 'answer-credentials', answers, credentialsFault, 'Responses allow credentials.');
  reportFirstFault(
    report,
    'exposed-headers',
    answers,
    exposureFault,
    `The website can read ${EXPOSED_HEADERS.join(', ')}.`,
  );
}

/** Origins that are not the website: a foreign one, one that begins like the website's, and a sandboxed frame's. */
const foreignOrigins = (website: string): string[] => ['https://doctor.invalid', `${website}.doctor.invalid`, 'null'];

/** Whether a page of another origin may read responses with the user's cookies. */
export async function foreignOriginFinding(ask: Ask, target: Target): Promise<Finding> {
  const { basePath, route, website } = target;
  for (const origin of foreignOrigins(website)) {
    const allowing = await preflight(ask, `${basePath}/session/refresh`, 'POST', origin);
    const readable = await ask({ path: route, headers: { origin } });
    const open = [allowing, readable].find((answer) => isOpenTo(answer, origin));
    if (open === undefined) continue;
    const observed = `${open.asked} with Origin ${origin} allows ${open.headers.get(ALLOW_ORIGIN)}. Any page of that origin can read the response.`;
    const fix =
      'Allow only the origins in WEBSITE_DOMAIN. Remove other sources of CORS headers: a CDN, a proxy, or cors: true.';
    return problem('foreign-origin', observed, fix, SEE.trouble);
  }
  return ok('foreign-origin', 'No other origin is allowed.');
}

const isOpenTo = ({ headers }: Answer, origin: string): boolean =>
  [origin, '*'].includes(headers.get(ALLOW_ORIGIN) ?? '');

const ALLOW_ORIGIN = 'access-control-allow-origin';

/** Where no origin is allowed, nothing else is either. */
const namesNobody = ({ headers }: Answer): boolean => !headers.has(ALLOW_ORIGIN);

type Fault = Readonly<{ observed: string; fix: string }>;

/** Of several answers, reports the first one with a fault. */
function reportFirstFault(
  report: Report,
  id: FindingId,
  answers: readonly Answer[],
  faultOf: (answer: Answer) => Fault | undefined,
  good: string,
): void {
  const fault = answers.map(faultOf).find((found) => found !== undefined);
  report(fault === undefined ? ok(id, good) : problem(id, fault.observed, fault.fix, SEE.trouble));
}

function originFault({ asked, headers }: Answer, target: Target): Fault | undefined {
  const { website } = target;
  const named = headers.get(ALLOW_ORIGIN);
  if (named === website) return undefined;
  const fix = isLoopbackMix(target)
    ? 'Fix loopback-names first.'
    : `Set WEBSITE_DOMAIN=${website}, with exactly this scheme, host and port. Separate several websites by commas.`;
  if (named === null) return { observed: `${asked} with Origin ${website} allows no origin.`, fix };
  if (named.split(/, */).every((origin) => origin === website)) {
    const twice =
      'Keep one place that adds CORS headers: API Gateway, a CDN, or the functions. Browsers reject a response with both.';
    return { observed: `${asked} names ${website} more than once.`, fix: twice };
  }
  const why = named === '*' ? ', which browsers reject with credentials' : '';
  return { observed: `${asked} with Origin ${website} allows ${quoted(named)}${why}.`, fix };
}

const IN_TEMPLATE = 'lib/http/cors.json';

function credentialsFault({ asked, headers }: Answer): Fault | undefined {
  if (headers.get('access-control-allow-credentials') === 'true') return undefined;
  const fix = `Browsers then send no cookies and hide the response. Set allowCredentials to true in ${IN_TEMPLATE}.`;
  return { observed: `${asked} does not allow credentials.`, fix };
}

/** With credentials `*` is no wildcard (Fetch standard, section 3.2.4). */
const missingIn = (headers: Headers, name: string, wanted: readonly string[]): string[] => {
  const listed = (headers.get(name) ?? '').toLowerCase().split(/ *, */);
  return wanted.filter((entry) => !listed.includes(entry.toLowerCase()));
};

/** Preflights do not name OPTIONS, nor methods that need no permission (Fetch standard, section 4.8). */
function methodsFault({ asked, headers }: Answer): Fault | undefined {
  const wanted = ALLOWED_METHODS.filter((method) => !['GET', 'POST', 'OPTIONS'].includes(method));
  const missing = missingIn(headers, 'access-control-allow-methods', wanted).join(', ');
  return missing === ''
    ? undefined
    : { observed: `${asked} does not allow ${missing}.`, fix: `Add ${missing} to allowedMethods in ${IN_TEMPLATE}.` };
}

function headersFault({ asked, headers }: Answer): Fault | undefined {
  const missing = missingIn(headers, 'access-control-allow-headers', SENT_HEADERS).join(', ');
  return missing === ''
    ? undefined
    : {
        observed: `${asked} does not allow the headers ${missing}, which SuperTokens' frontend SDKs send.`,
        fix: `Add ${missing} to allowedHeaders in ${IN_TEMPLATE}.`,
      };
}

function exposureFault({ asked, headers }: Answer): Fault | undefined {
  const missing = missingIn(headers, 'access-control-expose-headers', EXPOSED_HEADERS).join(', ');
  return missing === ''
    ? undefined
    : {
        observed: `${asked} does not expose ${missing}, so the website cannot read the session.`,
        fix: `Add ${missing} to exposedResponseHeaders in ${IN_TEMPLATE}.`,
      };
}

function cachingFinding(answer: Answer | undefined): Finding {
  const maxAge = Number(answer?.headers.get('access-control-max-age') ?? Number.NaN);
  if (maxAge > 0) return ok('preflight-caching', `Browsers may cache preflights for ${maxAge} s.`);
  const observed = 'Preflights have no Access-Control-Max-Age, so browsers repeat them every few seconds.';
  return warning('preflight-caching', observed, `Set maxAge in ${IN_TEMPLATE}.`);
}
