import { decodeJwt } from 'jose';
import { createSession, infoOf, issuedIn, revokeAllOf, sessionsOf, textIn, verify } from '../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../fixtures/core.ts';
import { type Answer, bodyOf, type Call, invoke } from '../fixtures/lambda.ts';
import { credentials } from '../fixtures/log-in.ts';
import { type AttackedService, CORE_KEY, startService, type Tokens, WEBSITE } from './service.ts';

let database: TestDatabase;
let service: AttackedService;
let core: TestCore;
let user: Tokens;

beforeAll(async () => {
  database = await startTestDatabase();
  const names = ['user', 'login-oidc', 'auth', 'save-note', 'session-info', 'admin-only', 'not-found'];
  service = await startService(database, [...names, 'core', 'sessions'], {
    OIDC_PROVIDERS: 'https://issuer.example=web',
    ROUTES: 'GET /known',
  });
  core = makeTestCore(database.store);
  user = await service.logIn();
});
afterAll(() => database?.stop());

const post = (name: string, path: string, call: Call) => invoke(service.handler(name), 'POST', path, call);

/** Every route that reads a body, or is sent one. */
const POSTS = [
  ['user', '/auth/signup'],
  ['user', '/auth/signin'],
  ['login-oidc', '/login/oidc'],
  ['save-note', '/notes'],
] as const;

/** A body of POST /recipe/session, but for its user id. */
const SESSION = { userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false, useDynamicSigningKey: true };

describe('oversized', () => {
  test.each(['authorization', 'cookie', 'origin', 'user-agent', 'anti-csrf', 'rid', 'st-auth-mode', 'x-any'])(
    'headers: %s of as many bytes as API Gateway lets through, and of more',
    async (name) => {
      for (const size of [10_240, 1024 * 1024]) {
        const value = `${name === 'authorization' ? 'Bearer ' : ''}${'x'.repeat(size)}`;
        const headers = { ...user.bearer, [name]: value };
        const answers = [
          await invoke(service.handler('session-info'), 'GET', '/sessioninfo', { headers }),
          await post('auth', '/auth/session/refresh', { headers }),
          await post('user', '/auth/signin', { headers, body: credentials(`${name}${size}@b.example`, 'wrong') }),
        ];
        expect(answers.map(({ statusCode }) => statusCode)).toEqual([name === 'authorization' ? 401 : 200, 401, 200]);
        for (const answer of answers) expect(bytesOfHeaders(answer)).toBeLessThan(4096);
      }
    },
  );

  test('headers: an access token of 10,240 bytes, three parts or thousands', async () => {
    for (const token of ['eyJ9.'.repeat(2048), `eyJ9.${'e30'.repeat(3413)}.x`, '.'.repeat(10_240)]) {
      const answer = await invoke(service.handler('session-info'), 'GET', '/sessioninfo', {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.statusCode).toBe(401);
    }
  });

  test.each(POSTS)('bodies: %s answers 413 to 16 KB and more, up to the 10 MB of API Gateway', async (name, path) => {
    for (const size of [16 * 1024 + 1, 6 * 1024 * 1024, 10 * 1024 * 1024]) {
      const body = `{"a":"${'x'.repeat(size - 8)}"}`;
      expect(body).toHaveLength(size);
      const answer = await post(name, path, { headers: user.bearer, body });
      expect([answer.statusCode, bodyOf(answer)]).toEqual([
        413,
        { code: 'payload_too_large', message: 'The body must not have more than 16384 bytes' },
      ]);
    }
  });

  test('bodies: SuperTokens routes do not look at theirs', async () => {
    const body = '{'.repeat(10 * 1024 * 1024);
    const { refreshCookie, bearer } = await service.logIn();
    expect((await post('auth', '/auth/session/refresh', { cookies: [refreshCookie], body })).statusCode).toBe(200);
    expect((await post('auth', '/auth/signout', { headers: bearer, body })).statusCode).toBe(200);
  });

  test('bodies: the core as a function rejects the 6 MB of Lambda', async () => {
    const text = 'x'.repeat(6 * 1024 * 1024);
    const headers = { 'api-key': CORE_KEY };
    for (const more of [{ userId: text }, { userDataInJWT: { text } }, { userDataInDatabase: { text } }]) {
      const body = { ...SESSION, userId: 'u', ...more };
      expect((await post('core', '/core/recipe/session', { headers, body })).statusCode).toBe(400);
    }
    const refresh = { ...SESSION, refreshToken: text };
    const answer = await post('core', '/core/recipe/session/refresh', { headers, body: refresh });
    expect(bodyOf(answer)).toEqual({ status: 'UNAUTHORISED', message: 'Invalid refresh token' });
  });

  test('claims: those of the largest access token still fit into the headers of an answer', async () => {
    // The SDK adds the issuer.
    const fixed = JSON.stringify({ text: '', iss: 'http://localhost:3001/auth' });
    const claims = { text: 'x'.repeat(2500 - fixed.length) };
    const largest = await service.logIn({ userId: 'u'.repeat(100), claims });
    expect(Buffer.byteLength(JSON.stringify([largest.headers, largest.setCookies]))).toBeLessThan(10_240);
    await expect(service.logIn({ claims: { text: `${claims.text}x` } })).rejects.toThrow('400');
  });
});

const bytesOfHeaders = ({ headers, cookies = [] }: Answer): number =>
  Buffer.byteLength(JSON.stringify([headers, cookies]));

describe('deep JSON', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const DEEP = 'to be replaced';
  const DEPTHS = [1000, 3000, 5000, 50_000, 500_000];

  test.each(DEPTHS)('of %i levels is rejected by the core, in every place', async (depth) => {
    const { handle, accessToken, refreshToken } = await createSession(core);
    const bodies = [
      ['POST', '/recipe/session', { ...SESSION, userId: 'u', userDataInDatabase: DEEP }],
      ['POST', '/recipe/session', { ...SESSION, userId: 'u', userDataInJWT: DEEP }],
      ['POST', '/recipe/session/regenerate', { accessToken, userDataInJWT: DEEP }],
      ['POST', '/recipe/session/refresh', { ...SESSION, refreshToken, unknown: DEEP }],
      ['PUT', '/recipe/session/data', { sessionHandle: handle, userDataInDatabase: DEEP }],
      ['PUT', '/recipe/jwt/data', { sessionHandle: handle, userDataInJWT: DEEP }],
      ['POST', '/recipe/jwt', { payload: DEEP, algorithm: 'RS256', jwksDomain: 'a', validity: 1 }],
    ] as const;
    for (const [method, path, body] of bodies) {
      const text = JSON.stringify(body).replace(`"${DEEP}"`, `{"a":${nested(depth)}}`);
      const request = { method, path, query: new URLSearchParams(), headers: {}, body: text };
      expect(await core.core.handle(request)).toMatchObject({ status: 400, body: 'Invalid Json Input\n' });
    }
    expect(await verify(core, accessToken, { checkDatabase: true })).toMatchObject({ status: 'OK' });
  });

  test('of a usual depth passes through the core and back', async () => {
    const payload = { a: JSON.parse(nested(90)) };
    const session = await createSession(core, { payload, data: payload });
    expect(await infoOf(core, session.handle)).toMatchObject({ userDataInJWT: payload, userDataInDatabase: payload });
    expect(await verify(core, session.accessToken, { checkDatabase: true })).toMatchObject({ status: 'OK' });
  });

  test.each(POSTS)('is rejected by %s like any other wrong value', async (name, path) => {
    for (const depth of [1000, 3000, 8000]) {
      const deep = nested(depth);
      const fields = ['a', 'email', 'idToken', 'nonce', 'text'].map((field) => `{"${field}":${deep}}`);
      for (const body of [deep, ...fields]) {
        expect((await post(name, path, { headers: user.bearer, body })).statusCode).toBe(400);
      }
    }
  });

  test('in a JWT is rejected like any other token', async () => {
    for (const depth of [1000, 3000, 5000]) {
      const parts = ['{"alg":"RS256","kid":"d-1","typ":"JWT","version":"5"}', `{"iss":${nested(depth)}}`, 'x'];
      const token = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
      const headers = { authorization: `Bearer ${token}` };
      expect((await invoke(service.handler('session-info'), 'GET', '/sessioninfo', { headers })).statusCode).toBe(401);
      expect((await post('login-oidc', '/login/oidc', { body: { idToken: token } })).statusCode).toBe(401);
      expect(await verify(core, token)).toMatchObject({ status: 'TRY_REFRESH_TOKEN' });
      expect(await core.ask('/recipe/session/regenerate', { accessToken: token })).toMatchObject({ status: 400 });
    }
  });
});

describe('__proto__ keys', () => {
  afterEach(() => {
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
  const POLLUTION = '{"__proto__":{"polluted":1,"email":"a@b.example"},"constructor":{"prototype":{"polluted":1}}}';
  const polluting = JSON.parse(POLLUTION) as Record<string, never>;

  test.each(POSTS)('in a body are no fields: %s', async (name, path) => {
    const fields = { email: 'a@b.example', password: PASSWORD, idToken: 'x', text: 'x' };
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const body = `{"${key}":${JSON.stringify(fields)}}`;
      expect((await post(name, path, { headers: user.bearer, body })).statusCode).toBe(400);
    }
  });
  const PASSWORD = 'correct horse';

  test('in claims and in userDataInDatabase are kept as what they are: names like any other', async () => {
    const session = await createSession(core, { payload: polluting, data: polluting });
    const stored = await infoOf(core, session.handle);
    expect(JSON.stringify(stored.userDataInJWT)).toBe(POLLUTION);
    expect(JSON.stringify(stored.userDataInDatabase)).toBe(POLLUTION);
    expect(JSON.stringify(decodeJwt(session.accessToken))).toContain(POLLUTION.slice(1, -1));
    expect((await verify(core, session.accessToken, { checkDatabase: true })).status).toBe('OK');
  });

  test('in claims give no role', async () => {
    const admin = `"roles":{"v":["admin"],"t":${Date.now()}}`;
    const statusFor = async (claims: string) => {
      const { bearer } = await service.logIn({ claims: JSON.parse(claims) });
      return (await invoke(service.handler('admin-only'), 'GET', '/admin-only', { headers: bearer })).statusCode;
    };
    expect(await statusFor(`{${admin}}`)).toBe(200);
    expect(await statusFor(`{"__proto__":{${admin}},"constructor":{${admin},"prototype":{${admin}}}}`)).toBe(403);
  });

  test('in the query and in headers of the core are no fields', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(await core.ask(`/recipe/session?${name}=x`)).toMatchObject({ status: 400 });
      expect(await core.ask(`/${name}/recipe/session`, {})).toMatchObject({ status: 400 });
      expect(await core.ask(`/${name}`)).toMatchObject({ status: 404 });
    }
  });
});

/** Texts that databases, files and URLs are known to take for another. */
const UNICODE = {
  'lone surrogates': ['\ud800', 'a\udfffb', '\udc00\ud800'],
  NUL: ['\0', 'a\0', '\0a', 'a\0b'],
  'very long': ['x'.repeat(2001), '💣'.repeat(501), 'ü'.repeat(1001), 'x'.repeat(100_000)],
  'odd but whole': [
    ...['💣'.repeat(500), 'é', 'e\u0301', 'ſ', 'İ', '\u202e', '\ufeffa', '\u2028', '\x7f'],
    ...['..', '../..', '%00', 'a#b'],
  ],
};

describe('unicode user ids', () => {
  const make = (userId: string) => core.ask('/recipe/session', { ...SESSION, userId });

  test.each([...UNICODE['lone surrogates'], ...UNICODE['very long']].map((id) => [id.slice(0, 5), id.length, id]))(
    'that cannot be are 400: %j…, %i long',
    async (_start, _length, userId) => {
      expect(await make(userId)).toMatchObject({ status: 400, text: "Field name 'userId' is invalid in JSON input\n" });
      expect(await core.ask('/recipe/session/remove', { userId })).toMatchObject({ status: 400 });
    },
  );

  test('that differ in anything are of different users', async () => {
    const alike = ['a', 'A', ' a', 'a ', 'a\t', 'É', 's', 'i', '$', 'user#a'];
    const ids = [...UNICODE.NUL, ...UNICODE['odd but whole'], ...alike];
    const handles = new Map<string, string>();
    for (const id of ids) handles.set(id, issuedIn((await make(id)).json).handle);
    for (const [id, handle] of handles) {
      expect([id, await sessionsOf(core, id)]).toEqual([id, [handle]]);
      expect(textIn(await infoOf(core, handle), 'userId')).toBe(id);
    }
    expect(await revokeAllOf(core, 'a')).toEqual({ status: 'OK', sessionHandlesRevoked: [handles.get('a')] });
    for (const [id, handle] of handles) if (id !== 'a') expect(await sessionsOf(core, id)).toEqual([handle]);
  });

  test('that the SDK would take for another log no user in', async () => {
    for (const id of [' admin', 'admin ', 'admin\t', '\ufeffadmin', '\u00a0admin', 'admin\n']) {
      await expect(service.logIn({ userId: id })).rejects.toThrow('500');
    }
    const { userId, bearer } = await service.logIn({ userId: 'a dmin' });
    const info = await invoke(service.handler('session-info'), 'GET', '/sessioninfo', { headers: bearer });
    expect(bodyOf(info)).toMatchObject({ userId });
  });
});

describe('unicode tenants', () => {
  const PATHS = ['/recipe/session', '/recipe/session/refresh', '/recipe/session/verify', '/recipe/jwt/jwks', '/hello'];

  test.each(Object.entries(UNICODE))('are no tenants of ours: %s', async (_kind, names) => {
    for (const name of names) {
      for (const path of PATHS.flatMap((known) => [`/${name}${known}`, `/appid-${name}${known}`])) {
        const { status } = await core.ask(path, {});
        // As with the official core, /hello does not look at the tenant.
        const isAnswered = path.endsWith('/hello') && !/^\/(appid-|\.\.\/\.\.)/.test(path);
        expect([path, status === 200, status < 500]).toEqual([path, isAnswered, true]);
      }
    }
  });

  test('are not the public one, however alike', async () => {
    for (const name of ['ｐublic', 'publiс', 'public\0', 'public ', 'publıc', 'pub%6cic', 'public\u200b']) {
      expect([name, (await core.ask(`/${name}/recipe/session`, { ...SESSION, userId: 'u' })).status]).toEqual([
        name,
        400,
      ]);
      const handle = `0b5c1a52-6f6e-4c43-9c47-1f8f0c6c1f6b_${name}`;
      expect((await core.ask(`/recipe/session?sessionHandle=${encodeURIComponent(handle)}`)).status).toBe(400);
    }
  });
});

describe('CRLF in header values', () => {
  const INJECTION = '\r\nset-cookie: sAccessToken=evil\r\n\r\n<script>';

  test.each([
    ...['origin', 'st-auth-mode', 'rid', 'authorization', 'cookie', 'user-agent', 'anti-csrf', 'content-type', 'host'],
  ])('sets no header: %s', async (name) => {
    const headers = { ...user.bearer, [name]: `${name === 'origin' ? WEBSITE : 'x'}${INJECTION}` };
    const body = { ...credentials(`a${INJECTION}@example.com`, `x${INJECTION}`), text: 'x' };
    const answers = [
      await post('user', '/auth/signin', { headers, body }),
      await post('user', `/auth/signin${INJECTION}`, { headers, body }),
      await post('save-note', '/notes', { headers, body }),
      await post('auth', '/auth/session/refresh', { headers }),
      await invoke(service.handler('session-info'), 'OPTIONS', '/sessioninfo', { headers }),
      await invoke(service.handler('not-found'), 'GET', `/known${INJECTION}`, { headers }),
    ];
    for (const { headers: sent, cookies = [], body: told } of answers) {
      expect([...Object.entries(sent).flat(), ...cookies].join()).not.toMatch(/[\r\n]|evil/);
      expect(told).not.toContain('script');
    }
  });

  test('of a user id, sets no header at log-in', async () => {
    const { setCookies, headers } = await service.logIn({ userId: `a${INJECTION}b` });
    expect([...setCookies, ...Object.values(headers)].join()).not.toMatch(/[\r\n]/);
    expect(setCookies).toHaveLength(2);
  });
});

describe('host header tricks', () => {
  const TRICKS: Readonly<Record<string, string>> = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-server': 'evil.example',
    forwarded: 'host=evil.example;proto=http',
    'x-host': 'evil.example',
    'x-original-url': '/auth/signout',
    'x-rewrite-url': '/auth/signout',
    'x-http-method-override': 'DELETE',
  };
  const attributesOf = (cookie: string) => cookie.replace(/=[^;]*|; expires=[^;]*/gi, '');
  const DISCOVERY = '/auth/.well-known/openid-configuration';

  test.each(Object.keys(TRICKS))('change neither issuer, nor cookies, nor route: %s', async (name) => {
    const headers = { [name]: TRICKS[name] ?? '' };
    const discover = (sent: Record<string, string>) =>
      invoke(service.handler('auth'), 'GET', DISCOVERY, { headers: sent });
    expect(await discover(headers)).toEqual(await discover({}));
    const [tricked, plain] = [await service.logIn({ headers }), await service.logIn()];
    expect(decodeJwt(tricked.access).iss).toBe(decodeJwt(plain.access).iss);
    expect(tricked.setCookies.map(attributesOf)).toEqual(plain.setCookies.map(attributesOf));
  });

  test('a path that is a whole URL is no other host', async () => {
    for (const path of [`http://evil.example${DISCOVERY}`, `//evil.example${DISCOVERY}`]) {
      expect((await invoke(service.handler('auth'), 'GET', path)).body).not.toContain('evil');
    }
  });
});
