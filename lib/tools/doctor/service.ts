import { DISCOVERY_PATH } from '../../http/public-documents.ts';
import type { Report } from './examination.ts';
import { type Finding, ok, problem, quoted, SEE, skipped, warning } from './finding.ts';
import { type Answer, type Ask, NoAnswer } from './probe.ts';
import { issuerOf, type Target } from './target.ts';

/**
 * What is at the URL: this service, with its answer to `GET /health` if it gave one; something else; or nothing that
 * answers.
 */
export type Reach =
  | { readonly kind: 'ours'; readonly health: Answer | undefined }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unreachable' };

const HEALTH_PATH = '/health';

/** Finds out whether this service answers there, and whether its core's store answers it. */
export async function examineReach(ask: Ask, target: Target, report: Report): Promise<Reach> {
  const health = await answerOrFault(ask, HEALTH_PATH);
  const isOurs = (!(health instanceof NoAnswer) && isHealth(health)) || (await isDiscoverable(ask, target));
  if (isOurs) {
    report(ok('reachable', `${issuerOf(target)} is a service of this kind.`));
    report(coreFinding(health));
    return { kind: 'ours', health: health instanceof NoAnswer ? undefined : health };
  }
  if (health instanceof NoAnswer) {
    const fix = 'Is the URL right (scheme, host, port), and the service deployed or started?';
    report(problem('reachable', `${health.message}.`, fix, SEE.domains));
    return { kind: 'unreachable' };
  }
  report(foreignFinding(health, target));
  return { kind: 'foreign' };
}

const answerOrFault = (ask: Ask, path: string): Promise<Answer | NoAnswer> =>
  ask({ path }).catch((error: unknown) => {
    if (error instanceof NoAnswer) return error;
    throw error;
  });

const isHealth = ({ json }: Answer): boolean =>
  (json?.status === 'ok' || json?.status === 'error') && typeof json.core === 'string';

async function isDiscoverable(ask: Ask, { basePath }: Target): Promise<boolean> {
  const answer = await answerOrFault(ask, `${basePath}${DISCOVERY_PATH}`);
  return !(answer instanceof NoAnswer) && typeof answer.json?.issuer === 'string';
}

function coreFinding(health: Answer | NoAnswer): Finding {
  if (health instanceof NoAnswer) {
    const fix = 'The function health waits for the store: see its log, and whether DynamoDB or the core is reachable.';
    return problem('core', `${health.message}.`, fix);
  }
  const { asked, status, json } = health;
  if (status === 200 && isHealth(health)) return ok('core', `The ${json?.core} core's store answers.`);
  const observed = `${asked} answers ${inShort(health)}.`;
  if (status === 404)
    return warning('core', observed, 'Deploy the function health of serverless.yml, for monitors too.');
  if (!isHealth(health)) return problem('core', observed, FUNCTION_FAILS);
  return problem('core', observed, json?.core === 'remote' ? REMOTE_CORE_AWAY : STORE_AWAY);
}

const REMOTE_CORE_AWAY =
  'No SuperTokens core answers at SUPERTOKENS_CONNECTION_URI: is it up, and SUPERTOKENS_API_KEY right?';
const STORE_AWAY = 'DynamoDB does not answer the function: look at its log for the table, the region, the role.';
const FUNCTION_FAILS =
  'A function does not start: its log names what is wrong with the configuration, all faults at once.';
/** What a 503 of a function that is there means; with it, /health says more. */
export const STARTED_BUT_ALONE =
  'The function starts, and does not reach DynamoDB or the core: what is said of core comes first, then its log.';

function foreignFinding(health: Answer, target: Target): Finding {
  const { asked, status, headers, json } = health;
  const observed = `${asked} answers ${inShort(health)}`;
  const location = headers.get('location');
  if (status >= 300 && status < 400 && location !== null) {
    const fix = `Give the URL that it redirects to, if that is the API: SuperTokens' frontends must not be redirected.`;
    return problem('reachable', `${observed}, a redirect to ${withoutQuery(location)}.`, fix, SEE.paths);
  }
  if (isHtml(health)) {
    const fix =
      'That is a page and not the API: the website itself, or the error page of a proxy. Give the URL that API_DOMAIN has.';
    return problem('reachable', `${observed}.`, fix, SEE.paths);
  }
  if (status >= 500 || json?.errorType !== undefined)
    return problem('reachable', `${observed}.`, FUNCTION_FAILS, SEE.trouble);
  return problem('reachable', `${observed}, which is not this service's.`, elsewhere(target), SEE.paths);
}

const elsewhere = ({ gatewayPath, basePath }: Target): string =>
  gatewayPath === ''
    ? `If a stage or mapping stands before every path (API_GATEWAY_PATH), the URL must end with it; --base-path is ${basePath}.`
    : `The URL must end with what stands before every path (API_GATEWAY_PATH) and nothing more, if that is not ${gatewayPath}.`;

const withoutQuery = (location: string): string => quoted(location.replace(/[?#].*$/s, ''));

const isHtml = ({ headers, text }: Answer): boolean =>
  (headers.get('content-type') ?? '').includes('text/html') || /^\s*<(!doctype|html)/i.test(text);

/** Status and message of an answer, or what it is instead. */
export function inShort(answer: Answer): string {
  const { status, json, text } = answer;
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
  if (isHtml(answer)) return `${status} with HTML${title === undefined ? '' : ` ("${quoted(title)}")`}`;
  const message = json?.message ?? json?.errorMessage;
  if (typeof message === 'string') return `${status} "${quoted(message)}"`;
  return json === undefined && text !== '' ? `${status} without JSON` : `${status}`;
}

/** What is nowhere must be 404 in JSON: a page there hides every mistyped path. */
export async function unknownPathFinding(ask: Ask): Promise<Finding> {
  const answer = await ask({ path: '/doctor/no-such-path' });
  if (answer.status === 404 && typeof answer.json?.message === 'string') {
    return ok('unknown-path', 'A path that does not exist is 404, in JSON.');
  }
  const observed = `${answer.asked}, which does not exist, answers ${inShort(answer)}.`;
  const fix = isHtml(answer)
    ? "Something before the API puts pages for errors: turn off the CDN's custom error responses for the API's paths."
    : 'Deploy the function notFound of serverless.yml behind the default route; a REST API needs {proxy+} for it.';
  return problem('unknown-path', observed, fix);
}

/** Nobody passes without an access token, or with one that nobody has signed. */
export async function protectionFinding(ask: Ask, { route }: Target): Promise<Finding> {
  const without = await ask({ path: route });
  if (without.status === 404) return skipped('protected-route', noRoute(without));
  const unsigned = await ask({ path: route, headers: { authorization: `Bearer ${UNSIGNED_TOKEN}` } });
  const passed = [without, unsigned].find(({ status }) => status < 400);
  if (passed !== undefined) {
    const who = passed === without ? 'without a session' : 'with a token that nobody has signed';
    const fix = `Make it a protectedRoute, or put an authorizer before it; --route names another one that needs a session.`;
    return problem('protected-route', `${passed.asked} answers ${passed.status} ${who}.`, fix, SEE.protecting);
  }
  if (without.status === 401) return ok('protected-route', `${without.asked} is 401 without a good access token.`);
  const observed = `${without.asked} answers ${inShort(without)} without a session, and not 401.`;
  if (without.status === 503) return problem('protected-route', observed, STARTED_BUT_ALONE, SEE.trouble);
  if (without.status !== 403) return problem('protected-route', observed, FUNCTION_FAILS, SEE.trouble);
  const fix = "SuperTokens' frontends refresh at 401 only: protect it in the function, or refresh at 403 by yourself.";
  return warning('protected-route', observed, fix, SEE.protecting);
}

export const noRoute = ({ asked }: Answer): string =>
  `${asked} does not exist; --route names one that needs a session.`;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** RFC 7519, section 6: an unsecured JWT. */
const UNSIGNED_TOKEN = `${part({ alg: 'none', typ: 'JWT', version: '5' })}.${part({ sub: 'doctor', exp: 4_102_444_800 })}.`;
