import { type CoreConfig, MAX_AUDIENCE_BYTES } from '../core/config.ts';
import type { Millis } from '../core/types.ts';
import type { TrustedIssuer } from '../login/oidc-login.ts';
import { type AppInfo, readAppInfo } from './app-info.ts';
import { readOwnCoreSettings, readRefreshTokenValidity } from './core-settings.ts';
import { type DynamoDbSettings, type MetricsSettings, readDynamoDb, readMetrics } from './deployment.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { readTrustedIssuers } from './trusted-issuers.ts';
import { readTrustedProxy, type TrustedProxy } from './trusted-proxy.ts';
import { isHttpUrl, readAll, type Variables } from './variables.ts';

export { ConfigurationError } from './variables.ts';

/** Where sessions are kept. Without session tables a function only verifies access tokens, whichever core it is. */
type CoreChoice = BuiltInCore | RemoteCore;

/** The core in this process, on DynamoDB. */
export interface BuiltInCore {
  readonly kind: 'built-in';
  readonly publishedKeysTable: string;
  readonly sessionTables: { readonly sessions: string; readonly keys: string } | undefined;
  readonly settings: CoreConfig;
}

/** A SuperTokens core over HTTP. It keeps the sessions itself: the tables are those of the built-in core. */
export interface RemoteCore {
  readonly kind: 'remote';
  readonly connectionUri: string;
  readonly apiKey: string | undefined;
  readonly sessionTables: BuiltInCore['sessionTables'];
}

type AntiCsrfMode = 'VIA_TOKEN' | 'VIA_CUSTOM_HEADER' | 'NONE';

export interface ServiceConfig {
  readonly app: AppInfo;
  readonly core: CoreChoice;
  /** SuperTokens' own choice by the domains if absent. */
  readonly antiCsrf: AntiCsrfMode | undefined;
  readonly cookieDomain: string | undefined;
  /** What it was before: refresh clears such cookies. Empty: there was none. */
  readonly olderCookieDomain: string | undefined;
  /** The claim `aud` of access tokens, for API Gateway's JWT authorizer; no such claim if absent. */
  readonly jwtAudience: string | undefined;
  /** Whether protected routes refuse users whose e-mail is not verified. */
  readonly requiresVerifiedEmail: boolean;
  readonly dynamoDb: DynamoDbSettings;
  /** How long a session lasts from its last refresh on, ms; another core must be set likewise. */
  readonly refreshTokenValidity: Millis;
  /** The providers whose ID tokens log users in. Only the function that exchanges ID tokens gets them. */
  readonly oidc: { readonly issuers: readonly TrustedIssuer[]; readonly isNonceRequired: boolean };
  /** The proxy whose header names a client's address. Absent: no header is trusted. */
  readonly trustedProxy: TrustedProxy | undefined;
  /** The dimensions of this deployment's metrics. Absent: the function writes no metrics. */
  readonly metrics: MetricsSettings;
}

/** What every route needs, also one without sessions. */
export type RouteConfig = Pick<ServiceConfig, 'app' | 'metrics'>;

/**
 * The most bytes of JSON that a handler may give a session as claims. API Gateway carries 10,240 B of headers in all, and a
 * response holds the claims three times.
 */
export const MAX_CLAIMS_BYTES = 2500;

/** Reads the service's configuration. @throws ConfigurationError naming every faulty variable at once */
export function readServiceConfig(environment: Environment = processEnvironment()): ServiceConfig {
  return readAll(environment, (variables) => ({
    app: readAppInfo(variables),
    core: readCoreChoice(variables),
    antiCsrf: variables.oneOf('ANTI_CSRF', ['VIA_TOKEN', 'VIA_CUSTOM_HEADER', 'NONE']),
    cookieDomain: variables.domain('COOKIE_DOMAIN'),
    olderCookieDomain: readOlderCookieDomain(variables),
    jwtAudience: readJwtAudience(variables),
    requiresVerifiedEmail: variables.oneOf('EMAIL_VERIFICATION_MODE', ['OPTIONAL', 'REQUIRED']) === 'REQUIRED',
    dynamoDb: readDynamoDb(variables),
    refreshTokenValidity: readRefreshTokenValidity(variables),
    oidc: { issuers: readTrustedIssuers(variables), isNonceRequired: variables.flag('OIDC_NONCE_REQUIRED') },
    trustedProxy: readTrustedProxy(variables),
    metrics: readMetrics(variables),
  }));
}

/** Reads what a route without sessions needs. @throws ConfigurationError naming every faulty variable at once */
export const readRouteConfig = (environment: Environment = processEnvironment()): RouteConfig =>
  readAll(environment, (variables) => ({ app: readAppInfo(variables), metrics: readMetrics(variables) }));

/** `none` says that there was none: an empty variable says nothing. */
function readOlderCookieDomain(variables: Variables): string | undefined {
  return variables.optional('OLDER_COOKIE_DOMAIN') === 'none' ? '' : variables.domain('OLDER_COOKIE_DOMAIN');
}

/**
 * Where the demo page, which is at the API's own address, finds the other routes.
 * @throws ConfigurationError naming every faulty variable at once
 */
export function readPageSettings(environment: Environment = processEnvironment()) {
  return readAll(environment, (variables) => {
    const { apiBasePath, apiGatewayPath } = readAppInfo(variables);
    return { apiBasePath, apiGatewayPath };
  });
}

function readCoreChoice(variables: Variables): CoreChoice {
  const connectionUri = variables.optional('SUPERTOKENS_CONNECTION_URI');
  const apiKey = variables.optional('SUPERTOKENS_API_KEY');
  const sessionTables = readSessionTables(variables);
  if (connectionUri !== undefined) {
    for (const uri of connectionUri.split(';'))
      variables.check('SUPERTOKENS_CONNECTION_URI', isHttpUrl(uri.trim()), 'be http(s) URLs, separated by ;');
    return { kind: 'remote', connectionUri, apiKey, sessionTables };
  }
  variables.check(
    'SUPERTOKENS_API_KEY',
    apiKey === undefined,
    'be absent without SUPERTOKENS_CONNECTION_URI, because the built-in core needs none',
  );
  return {
    kind: 'built-in',
    publishedKeysTable: variables.required('PUBLISHED_KEYS_TABLE'),
    sessionTables,
    settings: {
      ...readOwnCoreSettings(variables),
      maxClaimsBytes: MAX_CLAIMS_BYTES,
      // These belong to the core as a server. In process, only this service calls it.
      apiKeys: [],
      basePath: '',
    },
  };
}

function readSessionTables(variables: Variables): CoreChoice['sessionTables'] {
  const sessions = variables.optional('SESSIONS_TABLE');
  const keys = variables.optional('KEYS_TABLE');
  variables.check(
    'KEYS_TABLE',
    (sessions === undefined) === (keys === undefined),
    'be set if SESSIONS_TABLE is set, and absent otherwise',
  );
  return sessions !== undefined && keys !== undefined ? { sessions, keys } : undefined;
}

const INTERVAL = 'ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL';
/** Below it a new key is published for a shorter time than API Gateway caches a JWKS; h. */
const MIN_INTERVAL_WITH_AUDIENCE = 11;

function readJwtAudience(variables: Variables): string | undefined {
  const audience = variables.optional('JWT_AUDIENCE');
  const interval = Number(variables.optional(INTERVAL) ?? MIN_INTERVAL_WITH_AUDIENCE);
  const isShort = audience !== undefined && interval < MIN_INTERVAL_WITH_AUDIENCE;
  variables.check(INTERVAL, !isShort, `be at least ${MIN_INTERVAL_WITH_AUDIENCE} with JWT_AUDIENCE`);
  variables.check(
    'JWT_AUDIENCE',
    audience === undefined || Buffer.byteLength(JSON.stringify(audience)) <= MAX_AUDIENCE_BYTES,
    `have at most ${MAX_AUDIENCE_BYTES} bytes of JSON`,
  );
  return audience;
}
