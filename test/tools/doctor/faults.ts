import { type Fault, jsonAnswer, type Passing, page, withCookies, withHeaders, withJson } from './breakable-service.ts';

/** The website that the good service is set up for. */
export const WEBSITE = 'http://localhost:3000';

const isPreflight = ({ method }: Passing): boolean => method === 'OPTIONS';
const isAt = (path: string, fault: (answer: Response, request: Passing) => Response | Promise<Response>): Fault => ({
  answer: (answer, request) => (request.path.endsWith(path) && !isPreflight(request) ? fault(answer, request) : answer),
});
const setting = (headers: Readonly<Record<string, string | undefined>>) => (answer: Response) =>
  withHeaders(answer, headers);
const onPreflights = (headers: Readonly<Record<string, string | undefined>>): Fault => ({
  answer: (answer, request) => (isPreflight(request) ? withHeaders(answer, headers) : answer),
});
const onAnswers = (headers: Readonly<Record<string, string | undefined>>): Fault => ({
  answer: (answer, request) => (isPreflight(request) ? answer : withHeaders(answer, headers)),
});
const insteadAt = (path: string, instead: () => Response | 'silence'): Fault => ({
  instead: (request) => (request.path.endsWith(path) && !isPreflight(request) ? instead() : undefined),
});
const onCookies = (change: (cookie: string) => string): Fault => ({ answer: (answer) => withCookies(answer, change) });
const withoutHeaderAt = (path: string, name: string): Fault => ({
  request: (request) => {
    if (request.path.endsWith(path)) request.headers.delete(name);
  },
});
const reflecting = (isAllowed: (origin: string) => boolean): Fault => ({
  answer(answer, { headers }) {
    const origin = headers.get('origin') ?? '';
    return isAllowed(origin) ? withHeaders(answer, { 'access-control-allow-origin': origin }) : answer;
  },
});
/** By how much the doctor's clock is ahead, ms. */
export const clock = { offset: 0 };

const slow = (answer: Response): Response => {
  clock.offset += 1500;
  return answer;
};
const JWKS = '/jwks.json';
const DISCOVERY = '/openid-configuration';
const keysOf = ({ keys }: Readonly<Record<string, unknown>>) => keys as Readonly<Record<string, unknown>>[];
const onKeys = (change: (keys: Readonly<Record<string, unknown>>[]) => object[]): Fault =>
  isAt(JWKS, (answer) => withJson(answer, (jwks) => ({ keys: change(keysOf(jwks)) })));
const HOUR = 3_600_000;
const laterDate = (answer: Response) => withHeaders(answer, { date: new Date(Date.now() + HOUR).toUTCString() });

/** What goes wrong, how, the findings that are to come of it (`level id`), and what one of them says. */
export type Case = readonly [what: string, fault: Fault, expected: readonly string[], says: RegExp];

const CORS_FAULTS: readonly Case[] = [
  [
    'preflights are rejected',
    {
      instead: (request) =>
        isPreflight(request) ? jsonAnswer(403, { message: 'Missing Authentication Token' }) : undefined,
    },
    ['problem preflight'],
    /403 "Missing Authentication Token".*OPTIONS/,
  ],
  [
    'preflights allow no origin',
    onPreflights({ 'access-control-allow-origin': undefined }),
    ['problem preflight-origin'],
    /WEBSITE_DOMAIN=http:\/\/localhost:3000,/,
  ],
  [
    'preflights allow *',
    onPreflights({ 'access-control-allow-origin': '*' }),
    ['problem preflight-origin', 'problem foreign-origin'],
    /allows \*, which browsers reject/,
  ],
  [
    'preflights allow another origin',
    onPreflights({ 'access-control-allow-origin': 'http://localhost:5173' }),
    ['problem preflight-origin'],
    /allows http:\/\/localhost:5173\./,
  ],
  [
    'two places add CORS headers',
    onPreflights({ 'access-control-allow-origin': `${WEBSITE}, ${WEBSITE}` }),
    ['problem preflight-origin'],
    /more than once.*Keep one/,
  ],
  [
    'preflights allow no credentials',
    onPreflights({ 'access-control-allow-credentials': undefined }),
    ['problem preflight-credentials'],
    /allowCredentials/,
  ],
  [
    'preflights allow too few methods',
    onPreflights({ 'access-control-allow-methods': 'GET,POST' }),
    ['problem preflight-methods'],
    /PUT, PATCH, DELETE/,
  ],
  [
    'preflights allow too few headers',
    onPreflights({ 'access-control-allow-headers': 'content-type,authorization,fdi-version,anti-csrf' }),
    ['problem preflight-headers'],
    /rid, st-auth-mode/,
  ],
  [
    'preflights allow the headers *',
    onPreflights({ 'access-control-allow-headers': '*' }),
    ['problem preflight-headers'],
    /st-auth-mode/,
  ],
  [
    'preflights may not be cached',
    onPreflights({ 'access-control-max-age': undefined }),
    ['warning preflight-caching'],
    /maxAge/,
  ],
  [
    'responses allow no origin',
    onAnswers({ 'access-control-allow-origin': undefined }),
    ['problem answer-origin'],
    /WEBSITE_DOMAIN/,
  ],
  [
    'responses allow no credentials',
    onAnswers({ 'access-control-allow-credentials': 'false' }),
    ['problem answer-credentials'],
    /allowCredentials/,
  ],
  [
    'responses do not expose the front token',
    onAnswers({ 'access-control-expose-headers': 'st-access-token,st-refresh-token,anti-csrf' }),
    ['problem exposed-headers'],
    /front-token/,
  ],
  ['any origin is reflected', reflecting(() => true), ['problem foreign-origin'], /https:\/\/doctor\.invalid/],
  [
    'an origin that begins like the website is allowed',
    reflecting((origin) => origin.startsWith(WEBSITE)),
    ['problem foreign-origin'],
    /localhost:3000\.doctor\.invalid/,
  ],
  ['the origin null is allowed', reflecting((origin) => origin === 'null'), ['problem foreign-origin'], /Origin null/],
];

const SERVICE_FAULTS: readonly Case[] = [
  [
    'unknown paths are pages',
    insteadAt('/no-such-path', () => page(200)),
    ['problem unknown-path'],
    /HTML \("Our website"\).*custom error responses/,
  ],
  [
    'unknown paths are 403',
    insteadAt('/no-such-path', () => jsonAnswer(403, { message: 'Missing Authentication Token' })),
    ['problem unknown-path'],
    /notFound/,
  ],
  [
    'a protected route is open',
    isAt('/sessioninfo', (answer) => new Response('{}', { status: 200, headers: answer.headers })),
    ['problem protected-route'],
    /without a session.*protectedRoute/,
  ],
  [
    'a protected route accepts an unsigned token',
    { instead: ({ headers }) => (isUnsigned(headers.get('authorization')) ? jsonAnswer(200, {}) : undefined) },
    ['problem protected-route'],
    /an unsigned token/,
  ],
  [
    'a protected route answers 403 without a session',
    isAt('/sessioninfo', (answer) =>
      answer.status === 401 ? new Response('{}', { status: 403, headers: answer.headers }) : answer,
    ),
    ['warning protected-route'],
    /refresh at 401 only/,
  ],
  [
    'a protected route cannot reach its keys',
    isAt('/sessioninfo', () => jsonAnswer(503, { message: 'not available' })),
    ['problem protected-route', 'problem answer-origin', 'problem access-by-cookie', 'problem access-by-header'],
    /503 "not available" without a session, instead of 401\. The function starts, but does not reach DynamoDB or the core/,
  ],
  [
    "the core's store does not answer",
    insteadAt('/health', () => jsonAnswer(503, { status: 'error', core: 'built-in', store: 'unavailable' })),
    ['problem core'],
    /DynamoDB/,
  ],
  [
    'another core does not respond',
    insteadAt('/health', () => jsonAnswer(503, { status: 'error', core: 'remote', store: 'unavailable' })),
    ['problem core'],
    /SUPERTOKENS_CONNECTION_URI/,
  ],
  [
    'the function health fails',
    insteadAt('/health', () => jsonAnswer(500, { message: 'Internal Server Error' })),
    ['problem core'],
    /Its log/,
  ],
  [
    'there is no /health',
    insteadAt('/health', () => jsonAnswer(404, { message: 'Not Found' })),
    ['warning core'],
    /function health/,
  ],
];

const USER_FAULTS: readonly Case[] = [
  [
    'the function for users does not start',
    insteadAt('/auth/signin', () => jsonAnswer(500, { message: 'Internal Server Error' })),
    ['problem sign-in', 'problem log-in'],
    /POST \/auth\/signin responds with 500 .*log of the function user/,
  ],
  [
    'sign-in is a page',
    insteadAt('/auth/signin', () => page(404)),
    ['problem sign-in', 'problem log-in'],
    /404 with HTML \("Our website"\)/,
  ],
  [
    'whether an e-mail is taken cannot be read',
    {
      instead: ({ path }) =>
        path.includes('/email/exists?') ? jsonAnswer(503, { message: 'not available' }) : undefined,
    },
    ['problem email-exists'],
    /503 "not available"\. The function starts, but does not reach DynamoDB or the core/,
  ],
  [
    'a reset link is refused with an error of the service',
    insteadAt('/user/password/reset', () => jsonAnswer(500, { message: 'Internal Server Error' })),
    ['problem password-reset'],
    /log of the function user/,
  ],
  [
    'a verification link is refused with an error of the service',
    insteadAt('/user/email/verify', () => jsonAnswer(500, { message: 'Internal Server Error' })),
    ['problem email-verification'],
    /log of the function user/,
  ],
];

const isUnsigned = (authorization: string | null): boolean => authorization?.endsWith('.') ?? false;

const DOCUMENT_FAULTS: readonly Case[] = [
  ['discovery is a page', insteadAt(DISCOVERY, () => page(404)), ['problem discovery'], /API_BASE_PATH/],
  ['discovery is slow', isAt(DISCOVERY, slow), ['problem discovery-time'], /of the 1500/],
  [
    'discovery may not be cached',
    isAt(DISCOVERY, setting({ 'cache-control': 'no-store' })),
    ['warning discovery-caching'],
    /no-store/,
  ],
  [
    'the issuer ends with a slash',
    isAt(DISCOVERY, (answer) => withJson(answer, (json) => ({ ...json, issuer: `${json.issuer}/` }))),
    ['problem issuer', 'problem token-issuer'],
    /API_DOMAIN=/,
  ],
  [
    'discovery names another address for the JWKS',
    isAt(DISCOVERY, (answer) => withJson(answer, (json) => ({ ...json, jwks_uri: 'https://example.org/jwks.json' }))),
    ['problem issuer'],
    /example\.org/,
  ],
  [
    'the JWKS fails',
    insteadAt(JWKS, () => jsonAnswer(503, { message: 'not available' })),
    ['problem jwks'],
    /503 "not available"/,
  ],
  [
    'discovery is slow when it is cold',
    isAt(DISCOVERY, (answer) => (clock.offset === 0 ? slow(answer) : answer)),
    ['warning discovery-time'],
    /A cold start is too slow/,
  ],
  ['the JWKS is slow', isAt(JWKS, slow), ['problem jwks-time'], /npm run discovery/],
  [
    'the JWKS may be cached for a day',
    isAt(JWKS, setting({ 'cache-control': 'public, s-maxage=86400, max-age=60' })),
    ['problem jwks-caching'],
    /86400 s/,
  ],
  ['the JWKS may not be kept', isAt(JWKS, setting({ 'cache-control': undefined })), ['warning jwks-caching'], /none/],
  ['the JWKS is empty', onKeys(() => []), ['problem jwks-keys', 'problem token-signature'], /no key/],
  [
    'the JWKS has a private key',
    onKeys((keys) => keys.map((key) => ({ ...key, d: 'AQAB' }))),
    ['problem jwks-keys'],
    /Remove it from the network/,
  ],
  [
    'keys have no kid',
    onKeys((keys) => keys.map(({ kid: _kid, ...key }) => key)),
    ['problem jwks-keys', 'problem token-signature'],
    /no kid/,
  ],
  [
    'a key is for another algorithm',
    onKeys((keys) => [...keys, { ...keys[0], kid: 'other', alg: 'ES256' }]),
    ['problem jwks-keys'],
    /other is RSA ES256/,
  ],
  [
    'the JWKS is that of another core',
    onKeys((keys) => keys.map((key) => ({ ...key, kid: `old-${key.kid}` }))),
    ['problem token-signature'],
    /same tables/,
  ],
];

const SESSION_FAULTS: readonly Case[] = [
  ["the API's Date is an hour ahead", { answer: laterDate }, ['warning clock'], /Date header is 3[56]\d\d s ahead/],
  [
    'the log-in rejects the user',
    insteadAt('/auth/signin', () => jsonAnswer(200, { status: 'WRONG_CREDENTIALS_ERROR' })),
    ['problem log-in'],
    /--sign-up/,
  ],
  [
    'the log-in does not reach its tables',
    insteadAt('/auth/signin', () => jsonAnswer(503, { message: 'not available' })),
    ['problem sign-in', 'problem log-in'],
    /503 "not available"\. The function starts, but does not reach DynamoDB or the core/,
  ],
  [
    'there is no such log-in',
    insteadAt('/auth/signin', () => jsonAnswer(404, { message: 'Not Found' })),
    ['problem log-in'],
    /by another route/,
  ],
  [
    'the log-in does not take any more',
    insteadAt('/auth/signin', () => jsonAnswer(429, { message: 'Too many attempts.' })),
    [],
    /15 minutes/,
  ],
  [
    'Set-Cookie is taken off',
    { answer: setting({ 'set-cookie': undefined }) },
    ['problem cookies'],
    /Set-Cookie must pass/,
  ],
  [
    'st-auth-mode is taken off',
    withoutHeaderAt('/auth/signin', 'st-auth-mode'),
    ['problem cookies'],
    /st-auth-mode must reach/,
  ],
  [
    'st-access-token is taken off',
    isAt('/auth/signin', setting({ 'st-access-token': undefined })),
    ['problem header-mode'],
    /must pass/,
  ],
  [
    'the refresh cookie goes everywhere',
    onCookies((cookie) => cookie.replace('Path=/auth/session/refresh', 'Path=/')),
    ['warning cookie-path'],
    /API_GATEWAY_PATH/,
  ],
  [
    'the refresh cookie goes elsewhere',
    onCookies((cookie) => cookie.replace('Path=/auth', 'Path=/dev/auth')),
    ['problem cookie-path'],
    /never sends it to \/auth\/session\/refresh/,
  ],
  [
    'the access cookie does not go to routes',
    onCookies((cookie) => cookie.replace(/Path=\/(?=;|$)/, 'Path=/auth')),
    ['problem cookie-path'],
    /sAccessToken has Path=\/auth/,
  ],
  [
    "cookies are for another owner's domain",
    onCookies((cookie) => `${cookie}; Domain=.example.org`),
    ['problem cookie-domain'],
    /COOKIE_DOMAIN/,
  ],
  [
    'cookies are SameSite=None on http',
    onCookies((cookie) => cookie.replace('SameSite=Lax', 'SameSite=None')),
    ['warning cookie-same-site', 'problem cookie-secure'],
    /WEBSITE_DOMAIN/,
  ],
  ['cookies are Secure on http', onCookies((cookie) => `${cookie}; Secure`), ['warning cookie-secure'], /Safari/],
  [
    'cookies are not HttpOnly',
    onCookies((cookie) => cookie.replace('HttpOnly; ', '')),
    ['problem cookie-http-only'],
    /script/,
  ],
  [
    'the access token is not a JWT',
    isAt('/auth/signin', (answer) =>
      withCookies(answer, (cookie) => cookie.replace(/^sAccessToken=[^;]*/, 'sAccessToken=opaque')),
    ),
    ['problem token-signature', 'problem access-by-cookie'],
    /is not a JWT/,
  ],
  [
    'routes do not get cookies',
    withoutHeaderAt('/sessioninfo', 'cookie'),
    ['problem access-by-cookie'],
    /forward cookies/,
  ],
  [
    'routes do not get Authorization',
    withoutHeaderAt('/sessioninfo', 'authorization'),
    ['problem access-by-header'],
    /header Authorization reach/,
  ],
  [
    'refresh fails',
    insteadAt('/refresh', () => jsonAnswer(401, { message: 'unauthorised' })),
    ['problem refresh'],
    /401 "unauthorised"/,
  ],
  [
    'refresh brings the old refresh token',
    isAt('/refresh', (answer, { headers }) => {
      const old = /sRefreshToken=[^;]*/.exec(headers.get('cookie') ?? '')?.[0] ?? '';
      return answer.status === 200
        ? withCookies(answer, (cookie) => cookie.replace(/^sRefreshToken=[^;]*/, old))
        : answer;
    }),
    ['problem refresh'],
    /same refresh token again/,
  ],
  [
    'a sign-out leaves the tokens',
    isAt('/signout', setting({ 'set-cookie': undefined })),
    ['problem sign-out'],
    /clear the client's tokens/,
  ],
  [
    'a sign-out does not reach the function',
    insteadAt('/signout', () =>
      withHeaders(jsonAnswer(200, {}), { 'set-cookie': 'sAccessToken=; Max-Age=0', 'st-access-token': '' }),
    ),
    ['problem sign-out'],
    /after the sign-out answers 200/,
  ],
  [
    'a sign-out fails',
    insteadAt('/signout', () => jsonAnswer(500, { message: 'Internal Server Error' })),
    ['problem sign-out'],
    /Sign the user out by POST/,
  ],
  [
    'the JWT authorizer refuses',
    insteadAt('/jwt-authorized', () => jsonAnswer(401, { message: 'Unauthorized' })),
    ['problem jwt-authorizer'],
    /JWT_AUDIENCE/,
  ],
  [
    'what the JWT authorizer protects is open',
    insteadAt('/jwt-authorized', () => jsonAnswer(200, {})),
    ['problem jwt-authorizer'],
    /without a token/,
  ],
  [
    'tokens fill the headers',
    isAt('/auth/signin', setting({ 'front-token': 'x'.repeat(9000) })),
    ['problem header-bytes'],
    /and rejects more/,
  ],
  [
    'tokens nearly fill the headers',
    isAt('/auth/signin', setting({ 'front-token': 'x'.repeat(6500) })),
    ['warning header-bytes'],
    /are left for/,
  ],
];

export const FAULTS: readonly Case[] = [
  ...CORS_FAULTS,
  ...SERVICE_FAULTS,
  ...USER_FAULTS,
  ...DOCUMENT_FAULTS,
  ...SESSION_FAULTS,
];
