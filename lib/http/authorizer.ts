import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import Session, { type SessionContainer } from 'supertokens-node/recipe/session';
import { isWebsite, type Websites } from '../config/websites.ts';
import { noteSession } from '../observability/invocation.ts';
import { service } from '../supertokens/service.ts';
import type { AuthorizedSession } from './authorized.ts';
import { HttpError } from './errors.ts';
import { isFromForeignPage } from './foreign-page.ts';
import { type GatewayRequest, payloadFormatOf } from './gateway.ts';
import { withinLambdaTime } from './lambda-time.ts';
import { type LambdaHandler, observed } from './observed.ts';
import { refuseUnreachableDatabase, type VerifySessionOptions } from './protected-route.ts';
import { readEvent } from './read-event.ts';
import { withoutCookies, withoutJsonTokens } from './session-cookies.ts';
import { claimRules } from './token-claims.ts';

export interface AuthorizerOptions extends Omit<VerifySessionOptions, 'sessionRequired'> {
  /**
   * Where the access token may be: `any` is the `authorization` header or the cookie, as everywhere in SuperTokens. If
   * API Gateway caches the authorizer's responses, use `header`, with `Authorization` as the only identity source.
   * Otherwise a request with one user's header and another user's cookie would fill the cache for every request with
   * that header.
   */
  readonly transferMethod?: 'any' | 'header';
}

/**
 * A Lambda authorizer of the type REQUEST. Its answer depends on the caller and never on the route.
 *
 * | API | answer | no good access token | a claim validator refuses |
 * |---|---|---|---|
 * | HTTP API, payload 2.0 | simple response | `isAuthorized: false`: 403 | 403 |
 * | HTTP API, payload 1.0 | IAM policy | Deny: 403 | Deny: 403 |
 * | REST API, WebSocket API (`$connect`) | IAM policy | the error `Unauthorized`: 401 | Deny: 403 |
 *
 * If the store does not respond, the function fails and API Gateway answers 500. No user is rejected for that.
 * @throws ConfigurationError when the function starts, if a variable is faulty
 * @example
 * ```ts
 * import { sessionAuthorizer } from '../lib/index.ts';
 *
 * // API Gateway may cache the answers of this one: it reads the header only.
 * export const handler = sessionAuthorizer({ transferMethod: 'header' });
 * ```
 */
export function sessionAuthorizer({ transferMethod = 'any', ...options }: AuthorizerOptions = {}): LambdaHandler {
  const started = service();
  const { app } = started.config;
  refuseUnreachableDatabase(started, options);
  void started.readKeysAhead();
  const handler = withinLambdaTime(async (event: unknown) => {
    const question = readQuestion(event, app.apiGatewayPath);
    // A schedule that keeps functions warm, say: the function has started.
    if (question === undefined) return { ignored: 'not an authorizer request' };
    const { request, verifyOptions } = asVerified(question, app.websites, claimRules(started.config, options));
    await started.readKeysAhead();
    // The SDK would take a fault of the store for a bad token.
    await started.publishedKeys.read();
    const carrying = transferMethod === 'header' ? withoutCookies(request) : withoutJsonTokens(request);
    const verdict = isFromForeignPage(carrying, app) ? FORBIDDEN : await verify(carrying, verifyOptions);
    return question.kind === 'HTTP API' ? simpleResponse(verdict) : policyResponse(verdict, question);
  });
  return observed(handler, started.config.metrics);
}

/** What API Gateway asks, with the request as `verifySession` reads it. */
type Question =
  | { readonly kind: 'HTTP API'; readonly request: GatewayRequest }
  | {
      readonly kind: 'HTTP API 1.0' | 'REST API' | 'WebSocket API';
      readonly request: GatewayRequest;
      readonly methodArn: string;
    };

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
function readQuestion(event: unknown, gatewayPath: string): Question | undefined {
  const { type, version, methodArn, requestContext } = (event ?? {}) as Partial<APIGatewayRequestAuthorizerEvent> & {
    readonly version?: string;
  };
  if (type !== 'REQUEST') return undefined;
  const format = payloadFormatOf(event);
  if (format === '2.0') return { kind: 'HTTP API', request: readEvent(event, format, gatewayPath) };
  if (typeof methodArn !== 'string' || requestContext === undefined) return undefined;
  if (format === '1.0') {
    const kind = version === '1.0' ? 'HTTP API 1.0' : 'REST API';
    return { kind, methodArn, request: readEvent(event, format, gatewayPath) };
  }
  // `$connect` has neither method nor path; a WebSocket handshake is a GET (RFC 6455, section 4.1).
  const handshake = { ...(event as object), httpMethod: 'GET', path: '/' };
  return { kind: 'WebSocket API', methodArn, request: readEvent(handshake, '1.0', gatewayPath) };
}

/**
 * What is verified, and how. Browsers send cookies with a WebSocket handshake from any page, without a preflight, and
 * cannot add an anti-CSRF header. The page's origin replaces that header (RFC 6455, section 10.2).
 */
function asVerified({ kind, request }: Question, websites: Websites, options: VerifySessionOptions) {
  if (kind !== 'WebSocket API') return { request, verifyOptions: options };
  const isOurPage = isWebsite(request.headers.origin, websites);
  return {
    request: isOurPage ? request : withoutCookies(request),
    verifyOptions: { ...options, antiCsrfCheck: false },
  };
}

type Verdict =
  | { readonly status: 'authorised'; readonly session: SessionContainer }
  | { readonly status: 'unauthorised' | 'forbidden' };

const FORBIDDEN: Verdict = { status: 'forbidden' };

/** @throws whatever is no fault of the token */
async function verify(request: GatewayRequest, options: VerifySessionOptions): Promise<Verdict> {
  try {
    // An authorizer sends no response, so a new access token of the SDK reaches no client.
    const session = await Session.getSession(request, request, { ...options, sessionRequired: true });
    noteSession(session.getHandle());
    return { status: 'authorised', session };
  } catch (error) {
    return { status: refusalFor(error) };
  }
}

/** @throws the error itself if the SDK does not refuse the request by it */
function refusalFor(error: unknown): 'unauthorised' | 'forbidden' {
  if (!Session.Error.isErrorFromSuperTokens(error)) throw error;
  switch (error.type) {
    case Session.Error.INVALID_CLAIMS:
      return 'forbidden';
    case Session.Error.UNAUTHORISED:
    case Session.Error.TRY_REFRESH_TOKEN:
      return 'unauthorised';
    default:
      throw error;
  }
}

const simpleResponse = (verdict: Verdict) =>
  verdict.status === 'authorised'
    ? { isAuthorized: true, context: contextOf(verdict.session) }
    : { isAuthorized: false };

/** @throws HttpError `Unauthorized`, which REST and WebSocket APIs answer with 401 */
function policyResponse(verdict: Verdict, { kind, methodArn }: Exclude<Question, { kind: 'HTTP API' }>) {
  if (verdict.status === 'authorised') {
    const context = contextOf(verdict.session);
    return { principalId: context.userId, policyDocument: policy('Allow', methodArn), context };
  }
  // On an HTTP API any error is a 500.
  if (verdict.status === 'unauthorised' && kind !== 'HTTP API 1.0') throw new HttpError(401, 'Unauthorized');
  return { principalId: 'nobody', policyDocument: policy('Deny', methodArn) };
}

/**
 * For the whole stage: API Gateway caches a policy by its identity sources alone, and a policy for one method would
 * then decide on every other. `methodArn` is `arn:…:<api>/<stage>/<method>/<path>`.
 */
function policy(effect: 'Allow' | 'Deny', methodArn: string) {
  const stage = methodArn.split('/', 2).join('/');
  return {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: `${stage}/*` }],
  };
}

/** Text alone, for a REST API refuses anything nested. */
function contextOf(session: SessionContainer): AuthorizedSession {
  // Routes do not need the session's secrets, and access logs may show the context.
  const { refreshTokenHash1, parentRefreshTokenHash1, antiCsrfToken, ...claims } = session.getAccessTokenPayload();
  return {
    userId: session.getUserId(),
    sessionHandle: session.getHandle(),
    accessTokenPayload: JSON.stringify(claims),
  };
}
