import type { Variables } from './variables.ts';

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

/** Reads the app info, with defaults for a laptop. */
export function readAppInfo(variables: Variables): AppInfo {
  return {
    appName: variables.optional('APP_NAME') ?? 'SuperTokens sessions',
    apiDomain: variables.origin('API_DOMAIN', 'http://localhost:3001'),
    websiteDomain: variables.origin('WEBSITE_DOMAIN', 'http://localhost:3000'),
    apiBasePath: variables.path('API_BASE_PATH', '/auth'),
    websiteBasePath: variables.path('WEBSITE_BASE_PATH', '/auth'),
    apiGatewayPath: variables.path('API_GATEWAY_PATH', ''),
  };
}
