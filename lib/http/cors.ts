/** Methods that the website may use. */
export const ALLOWED_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Headers with tokens that SuperTokens' frontends must be able to read. */
export const EXPOSED_HEADERS = ['front-token', 'st-access-token', 'st-refresh-token', 'anti-csrf'] as const;

/** How long a browser may remember the answer to a preflight, s: Chromium's limit. */
export const MAX_AGE = 7200;

/** Headers that the website may send. A test compares them with the SDK's: a plain route has no SDK to read them from. */
export const ALLOWED_HEADERS = [
  'content-type',
  'rid',
  'fdi-version',
  'anti-csrf',
  'authorization',
  'st-auth-mode',
] as const;

/**
 * The CORS headers of an answer (Fetch standard, section 3.2). API Gateway adds the same ones from serverless.yml; the
 * function adds them for REST APIs and function URLs, where it does not. An origin that is not the website gets none.
 */
export function corsHeaders(origin: string | undefined, websiteDomain: string): Record<string, string> {
  if (origin !== websiteDomain) return { vary: 'origin' };
  return {
    vary: 'origin',
    'access-control-allow-origin': websiteDomain,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED_HEADERS.join(','),
  };
}

/** The answer to a preflight, where API Gateway does not answer it itself. */
export function preflightHeaders(origin: string | undefined, websiteDomain: string): Record<string, string> {
  if (origin !== websiteDomain) return { vary: 'origin' };
  return {
    ...corsHeaders(origin, websiteDomain),
    'access-control-allow-methods': ALLOWED_METHODS.join(','),
    'access-control-allow-headers': ALLOWED_HEADERS.join(','),
    'access-control-max-age': String(MAX_AGE),
  };
}
