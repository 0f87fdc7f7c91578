import { DISCOVERY_PATH } from '../../http/public-documents.ts';
import type { Report } from './examination.ts';
import { type Finding, ok, problem, quoted, SEE, skipped, warning } from './finding.ts';
import { type Answer, type Ask, NoAnswer } from './probe.ts';
import { issuerOf, type Target } from './target.ts';

/**
 * What is at the URL: this service, something else, or nothing that responds. This service has its response to `GET
 * /health`, if it gave one.
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
    const fix = 'Check the URL: scheme, host and port. Then check that the service is deployed or started.';
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
    const fix =
      'Read the log of the function health, which waits for the store. DynamoDB or the core may not be reachable.';
    return problem('core', `${health.message}.`, fix);
  }
  const { asked, status, json } = health;
  if (status === 200 && isHealth(health)) return ok('core', `The ${json?.core} core's store responds.`);
  const observed = `${asked} answers ${inShort(health)}.`;
  if (status === 404)
    return warning('core', observed, 'Deploy the function health of serverless.yml. Monitors need it too.');
  if (!isHealth(health)) return problem('core', observed, FUNCTION_FAILS);
  return problem('core', observed, json?.core === 'remote' ? REMOTE_CORE_AWAY : STORE_AWAY);
}

const REMOTE_CORE_AWAY =
  'No SuperTokens core responds at SUPERTOKENS_CONNECTION_URI. Check that it runs, and check SUPERTOKENS_API_KEY.';
const STORE_AWAY = 'DynamoDB does not respond to the function. Read its log for the table, the region and the role.';
const FUNCTION_FAILS = 'A function does not start. Its log lists every fault of the configuration.';
/** What a 503 of a function that is there means; with it, /health says more. */
export const STARTED_BUT_ALONE =
  'The function starts, but does not reach DynamoDB or the core. Fix the finding core first, then read the log.';

function foreignFinding(health: Answer, target: Target): Finding {
  const { asked, status, headers, json } = health;
  const observed = `${asked} answers ${inShort(health)}`;
  const location = headers.get('location');
  if (status >= 300 && status < 400 && location !== null) {
    const fix = `If the API is at the address that it redirects to, use that URL. SuperTokens' frontend SDKs must not be redirected.`;
    return problem('reachable', `${observed}, a redirect to ${withoutQuery(location)}.`, fix, SEE.paths);
  }
  if (isHtml(health)) {
    const fix =
      'This is a page and not the API. It may be the website, or the error page of a proxy. Use the URL in API_DOMAIN.';
    return problem('reachable', `${observed}.`, fix, SEE.paths);
  }
  if (status >= 500 || json?.errorType !== undefined)
    return problem('reachable', `${observed}.`, FUNCTION_FAILS, SEE.trouble);
  return problem('reachable', `${observed}, which is no response of this service.`, elsewhere(target), SEE.paths);
}

const elsewhere = ({ gatewayPath, basePath }: Target): string =>
  gatewayPath === ''
    ? `If every path begins with a stage or mapping (API_GATEWAY_PATH), put it at the end of the URL. --base-path is ${basePath}.`
    : `Check ${gatewayPath} at the end of the URL. It must be the stage or mapping before every path (API_GATEWAY_PATH), and nothing more.`;

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
    return ok('unknown-path', 'A path that does not exist gets 404, with JSON.');
  }
  const observed = `${answer.asked}, which does not exist, answers ${inShort(answer)}.`;
  const fix = isHtml(answer)
    ? "Turn off the CDN's custom error responses for the API's paths. They replace the API's errors by pages."
    : 'Deploy the function notFound of serverless.yml behind the default route. A REST API needs {proxy+} for it.';
  return problem('unknown-path', observed, fix);
}

/** No request passes without an access token, or with an unsigned one. */
export async function protectionFinding(ask: Ask, { route }: Target): Promise<Finding> {
  const without = await ask({ path: route });
  if (without.status === 404) return skipped('protected-route', noRoute(without));
  const unsigned = await ask({ path: route, headers: { authorization: `Bearer ${UNSIGNED_TOKEN}` } });
  const passed = [without, unsigned].find(({ status }) => status < 400);
  if (passed !== undefined) {
    const who = passed === without ? 'without a session' : 'with an unsigned token';
    const fix = `Make it a protectedRoute, or put an authorizer before it. --route names another route that needs a session.`;
    return problem('protected-route', `${passed.asked} answers ${passed.status} ${who}.`, fix, SEE.protecting);
  }
  if (without.status === 401)
    return ok('protected-route', `${without.asked} rejects requests without a valid access token with 401.`);
  const observed = `${without.asked} answers ${inShort(without)} without a session, instead of 401.`;
  if (without.status === 503) return problem('protected-route', observed, STARTED_BUT_ALONE, SEE.trouble);
  if (without.status !== 403) return problem('protected-route', observed, FUNCTION_FAILS, SEE.trouble);
  const fix = "Protect it in the function, or refresh at 403 yourself. SuperTokens' frontend SDKs refresh at 401 only.";
  return warning('protected-route', observed, fix, SEE.protecting);
}

export const noRoute = ({ asked }: Answer): string =>
  `${asked} does not exist. --route names a route that needs a session.`;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** RFC 7519, section 6: an unsecured JWT. */
const UNSIGNED_TOKEN = `${part({ alg: 'none', typ: 'JWT', version: '5' })}.${part({ sub: 'doctor', exp: 4_102_444_800 })}.`;
