import { isWebsite, type Websites } from '../config/websites.ts';
// API Gateway's settings in lib/build/stack/http-api.yml come from the same file.
import settings from './cors.json' with { type: 'json' };

/** Methods that the website may use. */
export const ALLOWED_METHODS: readonly string[] = settings.allowedMethods;

/** Headers that the website may send. A test compares them with the SDK's: a plain route has no SDK to read them from. */
export const ALLOWED_HEADERS: readonly string[] = settings.allowedHeaders;

/** Headers with tokens that SuperTokens' frontends must be able to read. */
export const EXPOSED_HEADERS: readonly string[] = settings.exposedHeaders;

/** How long a browser may keep the response to a preflight, in s: Chromium's limit. */
export const MAX_AGE = settings.maxAge;

/**
 * The CORS headers of an answer (Fetch standard, section 3.2). API Gateway adds the same ones from serverless.yml. The
 * function adds them for REST APIs, for function URLs, and if a website has a wildcard. An origin that is none of the
 * websites gets none.
 */
export function corsHeaders(origin: string | undefined, websites: Websites): Record<string, string> {
  if (!isWebsite(origin, websites)) return { vary: 'origin' };
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED_HEADERS.join(','),
  };
}

/** The answer to a preflight, where API Gateway does not answer it itself. */
export function preflightHeaders(origin: string | undefined, websites: Websites): Record<string, string> {
  if (!isWebsite(origin, websites)) return { vary: 'origin' };
  return {
    ...corsHeaders(origin, websites),
    'access-control-allow-methods': ALLOWED_METHODS.join(','),
    'access-control-allow-headers': ALLOWED_HEADERS.join(','),
    'access-control-max-age': String(MAX_AGE),
  };
}
