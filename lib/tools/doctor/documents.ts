import type { JWK } from 'jose';
import type { Millis } from '../../core/types.ts';
import { DISCOVERY_PATH, JWKS_PATH } from '../../http/public-documents.ts';
import type { Report } from './examination.ts';
import { type Finding, type FindingId, ok, problem, quoted, SEE, warning } from './finding.ts';
import type { Answer, Ask } from './probe.ts';
import { inShort } from './service.ts';
import { issuerOf, type Target } from './target.ts';

/** What API Gateway's JWT authorizer gives each of the two documents, ms: docs/protecting-routes.md. */
const TIME_LIMIT: Millis = 1500;
/** A new key is published 2 h 10 min before it signs, and API Gateway keeps a JWKS for two hours: what is left, s. */
const JWKS_MAX_AGE = 600;

/** @returns the issuer that the document names */
export async function examineDiscovery(ask: Ask, target: Target, report: Report): Promise<string | undefined> {
  const fetchDocument = () => ask({ path: `${target.basePath}${DISCOVERY_PATH}` });
  const answer = await fetchDocument();
  const { issuer, jwks_uri: jwksUri } = answer.json ?? {};
  if (answer.status !== 200 || typeof issuer !== 'string' || typeof jwksUri !== 'string') {
    const fix =
      'Let the function auth answer there: deploy its route, and give --base-path the value of API_BASE_PATH.';
    report(
      problem(
        'discovery',
        `${answer.asked} answers ${inShort(answer)}, which is not a discovery document.`,
        fix,
        SEE.authorizers,
      ),
    );
    return undefined;
  }
  report(ok('discovery', `${answer.asked} names issuer and JWKS.`));
  report(await timeFinding('discovery-time', answer, fetchDocument));
  report(cachingFinding('discovery-caching', answer));
  report(issuerFinding(target, issuer, jwksUri));
  return issuer;
}

/** @returns the keys, fit to verify with */
export async function examineJwks(ask: Ask, target: Target, report: Report): Promise<readonly JWK[] | undefined> {
  const fetchKeys = () => ask({ path: `${target.basePath}${JWKS_PATH}` });
  const answer = await fetchKeys();
  const keys = answer.json?.keys;
  if (answer.status !== 200 || !isKeyList(keys)) {
    const fix = 'Let the function auth answer there. If it does, read its log: it may not reach its tables or core.';
    report(problem('jwks', `${answer.asked} answers ${inShort(answer)}, which is not a JWKS.`, fix, SEE.authorizers));
    return undefined;
  }
  report(ok('jwks', `${answer.asked} is a JWKS.`));
  report(await timeFinding('jwks-time', answer, fetchKeys));
  report(jwksCachingFinding(answer));
  report(keysFinding(keys));
  return keys;
}

const isKeyList = (keys: unknown): keys is readonly JWK[] =>
  Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null);

/** @param again asks once more: what is slow once only has just been started */
async function timeFinding(id: FindingId, { asked, took }: Answer, again: () => Promise<Answer>): Promise<Finding> {
  const observed = `${asked} took ${Math.round(took)} ms of the ${TIME_LIMIT} that API Gateway's JWT authorizer gives it`;
  if (took < TIME_LIMIT) return ok(id, `${observed}.`);
  const { took: warm } = await again();
  const fix = 'Serve it from CloudFront or from files (npm run discovery), or give the function auth more memory.';
  return warm < TIME_LIMIT
    ? warning(
        id,
        `${observed}, and ${Math.round(warm)} at the second request. A cold start is too slow.`,
        fix,
        SEE.authorizers,
      )
    : problem(
        id,
        `${observed}, and ${Math.round(warm)} at the second request. The authorizer would reject tokens.`,
        fix,
        SEE.authorizers,
      );
}

/** s; `undefined` if no cache may keep the answer. */
function maxAgeOf({ headers }: Answer): number | undefined {
  const caching = headers.get('cache-control') ?? '';
  const ages = [...caching.matchAll(/(?:s-maxage|max-age)=(\d+)/g)].map(([, age]) => Number(age));
  return ages.length === 0 || /no-store|private/.test(caching) ? undefined : Math.max(...ages);
}

function cachingFinding(id: FindingId, answer: Answer): Finding {
  const maxAge = maxAgeOf(answer);
  if (maxAge !== undefined) return ok(id, `Caches may keep it for ${maxAge} s.`);
  const given = quoted(answer.headers.get('cache-control') ?? 'none');
  const fix =
    "Let the CDN pass on the function's Cache-Control. Without a cache, each reader may wait for a cold start.";
  return warning(id, `${answer.asked} does not allow caching (Cache-Control: ${given}).`, fix, SEE.authorizers);
}

function jwksCachingFinding(answer: Answer): Finding {
  const maxAge = maxAgeOf(answer) ?? 0;
  if (maxAge <= JWKS_MAX_AGE) return cachingFinding('jwks-caching', answer);
  const observed = `${answer.asked} may be kept for ${maxAge} s. A verifier may then miss a key that signs already.`;
  const fix = `Let the CDN respect the function's Cache-Control. Cache a JWKS from files for at most ${JWKS_MAX_AGE} s.`;
  return problem('jwks-caching', observed, fix, SEE.authorizers);
}

/** API Gateway compares the issuer letter by letter, a slash at the end included, and reads the document below it. */
function issuerFinding(target: Target, issuer: string, jwksUri: string): Finding {
  const wanted = issuerOf(target);
  if (issuer !== wanted) {
    const observed = `The issuer is ${quoted(issuer)}, and clients reach it at ${wanted}.`;
    const { api, gatewayPath, basePath } = target;
    const fix = `Set API_DOMAIN=${api}, API_GATEWAY_PATH=${gatewayPath}, API_BASE_PATH=${basePath}. Or use the address that is set.`;
    return problem('issuer', observed, fix, SEE.paths);
  }
  if (jwksUri !== `${issuer}${JWKS_PATH}`) {
    const fix = `It must be ${issuer}${JWKS_PATH}. Find the proxy or CDN that changes the document.`;
    return problem('issuer', `The document's jwks_uri is ${quoted(jwksUri)}.`, fix, SEE.authorizers);
  }
  return ok('issuer', `The issuer is ${issuer}, the address of the API.`);
}

/** RFC 7518, section 6.3.2: what only the signer may know. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

function keysFinding(keys: readonly JWK[]): Finding {
  const fault = keysFault(keys);
  if (fault === undefined)
    return ok('jwks-keys', `Number of keys: ${keys.length}. Each is an RS256 key, with its own kid.`);
  return problem('jwks-keys', fault.observed, fault.fix, SEE.authorizers);
}

function keysFault(keys: readonly JWK[]): { readonly observed: string; readonly fix: string } | undefined {
  if (keys.some((key) => PRIVATE_MEMBERS.some((member) => member in key))) {
    const fix =
      'Remove it from the network at once, and replace the signing keys. A reader of this key can create tokens.';
    return { observed: 'The JWKS contains a private key.', fix };
  }
  if (keys.length === 0) {
    return {
      observed: 'The JWKS has no key.',
      fix: 'Request it from the function auth itself, without a cache. The function creates the first keys.',
    };
  }
  const kids = keys.map(({ kid }) => kid);
  if (kids.includes(undefined) || new Set(kids).size < kids.length) {
    return {
      observed: 'Some keys have no kid, or share one.',
      fix: 'Serve the JWKS exactly as the function auth returns it.',
    };
  }
  const other = keys.find(({ kty, alg, n, e }) => kty !== 'RSA' || alg !== 'RS256' || !n || !e);
  if (other === undefined) return undefined;
  const observed = `The key ${quoted(other.kid ?? '')} is ${quoted(`${other.kty} ${other.alg}`)}, instead of RSA with RS256.`;
  return {
    observed,
    fix: "Serve the JWKS exactly as the function auth returns it. API Gateway's JWT authorizer accepts RSA only.",
  };
}
