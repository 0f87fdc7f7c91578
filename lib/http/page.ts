import { html, scriptHash, styleHash } from '../../web/page.html';
import { LIKE_ROUTE, type PageSettings, REPORT_ROUTE } from '../../web/settings.ts';
import { readRoutes } from '../config/routes.ts';
import { readPageSettings } from '../config/service-config.ts';
import { type GatewayResponse, payloadFormatOf } from './gateway.ts';
import type { LambdaHandler } from './observed.ts';
import { writeResponse } from './write-response.ts';

/**
 * The demo page as a Lambda function, without SuperTokens' backend: the page calls the other functions.
 * @throws ConfigurationError when the function starts
 */
export function pageFunction(): LambdaHandler {
  const routes = readRoutes();
  const [hasLikes, hasReport] = [routes.includes(LIKE_ROUTE), routes.includes(REPORT_ROUTE)];
  const page = demoPage({ ...readPageSettings(), hasLikes, hasReport });
  return async (event) => {
    const format = payloadFormatOf(event);
    return format === undefined ? { ignored: 'not an HTTP request' } : writeResponse(page, format);
  };
}

/** The demo page for an API, with the headers that keep everything from it that it does not need. */
export function demoPage(settings: PageSettings): GatewayResponse {
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policyFor(settings.apiDomain ?? "'self'"),
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body: html.replace('{{settings}}', () => attribute(JSON.stringify(settings))),
  };
}

/** Content Security Policy Level 3: this script, this style sheet, this API. The icon is a data URL. */
const policyFor = (api: string): string =>
  [
    "default-src 'none'",
    `script-src '${scriptHash}'`,
    `style-src '${styleHash}'`,
    `connect-src ${api}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

const attribute = (text: string): string => text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
