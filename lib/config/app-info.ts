import type { Variables } from './variables.ts';
import { DEFAULT_WEBSITES, parseWebsites, WEBSITES_RULE, type Websites } from './websites.ts';

/** What SuperTokens calls the app info. */
export interface AppInfo {
  readonly appName: string;
  /** Scheme, host and port, no path. */
  readonly apiDomain: string;
  readonly websites: Websites;
  readonly apiBasePath: string;
  readonly websiteBasePath: string;
  /** What API Gateway puts before every path: a stage or a base-path mapping; empty if nothing. */
  readonly apiGatewayPath: string;
}

function readWebsites(variables: Variables): Websites {
  const websites = parseWebsites(variables.optional('WEBSITE_DOMAIN') ?? '');
  variables.check('WEBSITE_DOMAIN', websites !== undefined, WEBSITES_RULE);
  return websites ?? DEFAULT_WEBSITES;
}

/** Reads the app info, with defaults for a laptop. */
export function readAppInfo(variables: Variables): AppInfo {
  return {
    appName: variables.optional('APP_NAME') ?? 'SuperTokens sessions',
    apiDomain: variables.origin('API_DOMAIN', 'http://localhost:3001'),
    websites: readWebsites(variables),
    apiBasePath: variables.path('API_BASE_PATH', '/auth'),
    websiteBasePath: variables.path('WEBSITE_BASE_PATH', '/auth'),
    apiGatewayPath: variables.path('API_GATEWAY_PATH', ''),
  };
}
