import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../core/config.ts';
import type { Millis } from '../core/types.ts';
import type { TrustedIssuer } from '../login/oidc-login.ts';
import { isSecureUrl } from '../login/secure-url.ts';
import type { MetricDimensions } from '../observability/metrics.ts';
import { readCoreSettings, readOwnCoreSettings, readRefreshTokenValidity } from './core-settings.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { ConfigurationError, isHttpUrl, readAll, type Variables } from './variables.ts';

export { ConfigurationError } from './variables.ts';

/** What SuperTokens calls the app info. */
export interface AppInfo {
  readonly appName: string;
  /** Scheme, host and port, no path. */
  readonly apiDomain: string;
  /** Scheme, host and port, no path: the only origin that browsers may call from. */
  readonly websiteDomain: string;
  readonly apiBasePath: string;
  readonly websiteBasePath: string;
  /** What API Gateway puts before every path: a stage or a base-path mapping; empty if nothing. */
  readonly apiGatewayPath: string;
}

/** Where sessions are kept. */
export type CoreChoice =
  /** In this process, on DynamoDB. Without session tables a function only verifies access tokens. */
  | {
      readonly kind: 'built-in';
      readonly publishedKeysTable: string;
      readonly sessionTables: { readonly sessions: string; readonly keys: string } | undefined;
      readonly settings: CoreConfig;
    }
  /** A SuperTokens core over HTTP. */
  | { readonly kind: 'remote'; readonly connectionUri: string; readonly apiKey: string | undefined };

export type AntiCsrfMode = 'VIA_TOKEN' | 'VIA_CUSTOM_HEADER' | 'NONE';

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
  readonly dynamoDb: { readonly endpoint: string | undefined; readonly region: string };
  /** How long a session lasts from its last refresh on, ms; another core must be set likewise. */
  readonly refreshTokenValidity: Millis;
  readonly usersTable: string | undefined;
  readonly likesTable: string | undefined;
  /** Whose ID tokens log users in; only the function that exchanges them is told. */
  readonly oidc: { readonly issuers: readonly TrustedIssuer[]; readonly isNonceRequired: boolean };
  /** What this deployment's metrics are told by; none are written if absent. */
  readonly metrics: MetricDimensions | undefined;
}

/** What every route needs, also one without sessions. */
export type RouteConfig = Pick<ServiceConfig, 'app' | 'metrics'>;

/** The name of a table that not every function has. @throws ConfigurationError if this one does not */
export function tableOf(config: ServiceConfig, table: 'usersTable' | 'likesTable'): string {
  const name = config[table];
  if (name !== undefined) return name;
  throw new ConfigurationError([`${table === 'usersTable' ? 'USERS_TABLE' : 'LIKES_TABLE'} is missing`]);
}

/** 2,500 B of JSON: API Gateway carries 10,240 B of headers in all, and an answer holds the claims three times. */
const MAX_CLAIMS_BYTES = 2500;

/** Reads the service's configuration. @throws ConfigurationError naming every faulty variable at once */
export function readServiceConfig(environment: Environment = processEnvironment()): ServiceConfig {
  return readAll(environment, (variables) => ({
    app: readAppInfo(variables),
    core: readCoreChoice(variables),
    antiCsrf: variables.oneOf('ANTI_CSRF', ['VIA_TOKEN', 'VIA_CUSTOM_HEADER', 'NONE']),
    cookieDomain: variables.optional('COOKIE_DOMAIN'),
    olderCookieDomain: readOlderCookieDomain(variables),
    jwtAudience: readJwtAudience(variables),
    dynamoDb: readDynamoDb(variables),
    refreshTokenValidity: readRefreshTokenValidity(variables),
    usersTable: variables.optional('USERS_TABLE'),
    likesTable: variables.optional('LIKES_TABLE'),
    oidc: { issuers: readTrustedIssuers(variables), isNonceRequired: variables.flag('OIDC_NONCE_REQUIRED') },
    metrics: readMetrics(variables),
  }));
}

/** Reads what a route without sessions needs. @throws ConfigurationError naming every faulty variable at once */
export const readRouteConfig = (environment: Environment = process.env): RouteConfig =>
  readAll(environment, (variables) => ({ app: readAppInfo(variables), metrics: readMetrics(variables) }));

/** `none` says that there was none: an empty variable says nothing. */
function readOlderCookieDomain(variables: Variables): string | undefined {
  const domain = variables.optional('OLDER_COOKIE_DOMAIN');
  return domain === 'none' ? '' : domain;
}

/** Where the standalone core listens, what it keeps its data in, and how it behaves. */
export interface CoreServerConfig {
  readonly host: string;
  readonly port: number;
  readonly settings: CoreConfig;
  readonly store: /** An embedded DynamoDB; without a folder its data is gone when the process ends. */
    | { readonly kind: 'embedded'; readonly folder: string | undefined }
    /** A DynamoDB at that endpoint, or AWS's own in the region. */
    | {
        readonly kind: 'dynamodb';
        readonly endpoint: string | undefined;
        readonly region: string;
        /** Tables that somebody else has named are there already. */
        readonly areTablesNamed: boolean;
        readonly tables: { readonly sessions: string; readonly keys: string; readonly publishedKeys: string };
      };
}

/**
 * Reads the configuration of `npm run core`: the official image's names, and where the data is kept.
 * @throws ConfigurationError naming every faulty variable at once
 */
export function readCoreServerConfig(environment: Environment = processEnvironment()): CoreServerConfig {
  return readAll(environment, (variables) => {
    const port = variables.number('SUPERTOKENS_PORT', 3567, 1, 65_535, 'whole');
    return {
      host: variables.optional('SUPERTOKENS_HOST') ?? 'localhost',
      port,
      settings: {
        ...readCoreSettings(variables),
        rotation: variables.oneOf('SUPERTOKENS_ROTATION', ['by-version', 'on-refresh']) ?? DEFAULT_CORE_CONFIG.rotation,
        graceReuse: variables.oneOf('SUPERTOKENS_GRACE_REUSE', ['branch', 'same']) ?? DEFAULT_CORE_CONFIG.graceReuse,
      },
      store: readCoreStore(variables, port),
    };
  });
}

/** What the core as a Lambda function works with. */
export interface CoreFunctionConfig {
  readonly dynamoDb: ServiceConfig['dynamoDb'];
  readonly tables: { readonly sessions: string; readonly keys: string; readonly publishedKeys: string };
  readonly apiGatewayPath: string;
  readonly settings: CoreConfig;
  readonly metrics: ServiceConfig['metrics'];
}

/**
 * Reads the configuration of the core as a function: on the service's own tables, and by the service's own rules.
 * @throws ConfigurationError naming every faulty variable at once; a missing API key is one
 */
export function readCoreFunctionConfig(environment: Environment = processEnvironment()): CoreFunctionConfig {
  return readAll(environment, (variables) => {
    variables.required('API_KEYS');
    return {
      dynamoDb: readDynamoDb(variables),
      tables: {
        sessions: variables.required('SESSIONS_TABLE'),
        keys: variables.required('KEYS_TABLE'),
        publishedKeys: variables.required('PUBLISHED_KEYS_TABLE'),
      },
      apiGatewayPath: variables.path('API_GATEWAY_PATH', ''),
      settings: readOwnCoreSettings(variables),
      metrics: readMetrics(variables),
    };
  });
}

/** What the function works with that makes signing keys. */
export type KeyFunctionConfig = Pick<CoreFunctionConfig, 'dynamoDb' | 'settings'> & {
  readonly tables: Omit<CoreFunctionConfig['tables'], 'sessions'>;
};

/** @throws ConfigurationError naming every faulty variable at once */
export function readKeyFunctionConfig(environment: Environment = processEnvironment()): KeyFunctionConfig {
  return readAll(environment, (variables) => ({
    dynamoDb: readDynamoDb(variables),
    tables: { keys: variables.required('KEYS_TABLE'), publishedKeys: variables.required('PUBLISHED_KEYS_TABLE') },
    settings: readOwnCoreSettings(variables),
  }));
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

/** The settings of the service's core alone, for who works on its tables from outside. @throws ConfigurationError */
export const readCoreSettingsAlone = (environment: Environment = processEnvironment()): CoreConfig =>
  readAll(environment, readOwnCoreSettings);

const readDynamoDb = (variables: Variables): ServiceConfig['dynamoDb'] => ({
  endpoint: variables.url('DYNAMODB_ENDPOINT'),
  region: variables.optional('AWS_REGION') ?? 'us-east-1',
});

/** Off unless they are turned on: on a laptop nobody reads them. */
function readMetrics(variables: Variables): MetricDimensions | undefined {
  if (variables.oneOf('METRICS', ['on', 'off']) !== 'on') return undefined;
  return { service: variables.required('SERVICE_NAME'), stage: variables.required('STAGE') };
}

/** Without an endpoint or tables, embedded: in a folder by the port, so that several run side by side. */
function readCoreStore(variables: Variables, port: number): CoreServerConfig['store'] {
  const endpoint = variables.url('DYNAMODB_ENDPOINT');
  const sessions = variables.optional('SESSIONS_TABLE');
  if (endpoint === undefined && sessions === undefined) {
    const folder = variables.optional('SUPERTOKENS_DATA_DIR') ?? `.data/core-${port}`;
    return { kind: 'embedded', folder: folder === 'memory' ? undefined : folder };
  }
  const areTablesNamed = sessions !== undefined;
  return {
    kind: 'dynamodb',
    areTablesNamed,
    endpoint,
    region: variables.optional('AWS_REGION') ?? 'us-east-1',
    tables: {
      sessions: sessions ?? 'supertokens-core-sessions',
      keys: areTablesNamed ? variables.required('KEYS_TABLE') : 'supertokens-core-keys',
      publishedKeys: areTablesNamed ? variables.required('PUBLISHED_KEYS_TABLE') : 'supertokens-core-published-keys',
    },
  };
}

function readAppInfo(variables: Variables): AppInfo {
  return {
    appName: variables.optional('APP_NAME') ?? 'SuperTokens sessions',
    apiDomain: variables.origin('API_DOMAIN', 'http://localhost:3001'),
    websiteDomain: variables.origin('WEBSITE_DOMAIN', 'http://localhost:3000'),
    apiBasePath: variables.path('API_BASE_PATH', '/auth'),
    websiteBasePath: variables.path('WEBSITE_BASE_PATH', '/auth'),
    apiGatewayPath: variables.path('API_GATEWAY_PATH', ''),
  };
}

function readCoreChoice(variables: Variables): CoreChoice {
  const connectionUri = variables.optional('SUPERTOKENS_CONNECTION_URI');
  const apiKey = variables.optional('SUPERTOKENS_API_KEY');
  if (connectionUri !== undefined) {
    for (const uri of connectionUri.split(';'))
      variables.check('SUPERTOKENS_CONNECTION_URI', isHttpUrl(uri.trim()), 'be http(s) URLs, separated by ;');
    return { kind: 'remote', connectionUri, apiKey };
  }
  variables.check(
    'SUPERTOKENS_API_KEY',
    apiKey === undefined,
    'be absent without SUPERTOKENS_CONNECTION_URI: the built-in core needs none',
  );
  const sessions = variables.optional('SESSIONS_TABLE');
  const keys = variables.optional('KEYS_TABLE');
  variables.check(
    'KEYS_TABLE',
    (sessions === undefined) === (keys === undefined),
    'be set together with SESSIONS_TABLE, or neither',
  );
  return {
    kind: 'built-in',
    publishedKeysTable: variables.required('PUBLISHED_KEYS_TABLE'),
    sessionTables: sessions !== undefined && keys !== undefined ? { sessions, keys } : undefined,
    settings: {
      ...readOwnCoreSettings(variables),
      maxClaimsBytes: MAX_CLAIMS_BYTES,
      // These belong to the core as a server; in process nobody else can call it.
      apiKeys: [],
      basePath: '',
    },
  };
}

/** Reads `<issuer>=<client id>,<client id>;<issuer>=…`. A client id may hold `=`, an issuer none. */
function readTrustedIssuers(variables: Variables): TrustedIssuer[] {
  const entries = (variables.optional('OIDC_PROVIDERS') ?? '').split(';').filter((entry) => entry.trim() !== '');
  const issuers = entries.map((entry) => {
    const [, issuer = '', audiences = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
    return { issuer: issuer.trim(), audiences: audiences.split(',').map((audience) => audience.trim()) };
  });
  variables.check(
    'OIDC_PROVIDERS',
    issuers.every(isTrustable),
    'be <issuer>=<client id>,<client id>;<issuer>=…, each issuer an https URL without ? # { }',
  );
  const names = new Set(issuers.map(({ issuer }) => issuer));
  variables.check('OIDC_PROVIDERS', names.size === issuers.length, 'name an issuer once, with all its client ids');
  return issuers;
}

/** OpenID Connect Core 1.0, section 1.2, "Issuer Identifier". Braces are Entra's for "any tenant": whoever made one. */
const isTrustable = ({ issuer, audiences }: TrustedIssuer): boolean =>
  isSecureUrl(issuer) && /^[^\s?#{}]+$/.test(issuer) && audiences.every((audience) => /^[!-~]+$/.test(audience));

const INTERVAL = 'ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL';
/** Below it a new key is published for a shorter time than API Gateway caches a JWKS; h. */
const MIN_INTERVAL_WITH_AUDIENCE = 11;

function readJwtAudience(variables: Variables): string | undefined {
  const audience = variables.optional('JWT_AUDIENCE');
  const interval = Number(variables.optional(INTERVAL) ?? MIN_INTERVAL_WITH_AUDIENCE);
  const isShort = audience !== undefined && interval < MIN_INTERVAL_WITH_AUDIENCE;
  variables.check(INTERVAL, !isShort, `be at least ${MIN_INTERVAL_WITH_AUDIENCE} with JWT_AUDIENCE`);
  return audience;
}
