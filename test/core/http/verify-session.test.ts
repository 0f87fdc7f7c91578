import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../../lib/core/config.ts';
import type { CdiVersion } from '../../../lib/core/http/versions.ts';
import { signRs256 } from '../../../lib/core/keys/rsa.ts';
import { type AccessTokenParts, issueAccessToken } from '../../../lib/core/session/operations/tokens.ts';
import type { VerifySessionInput } from '../../../lib/core/session/operations/verify-session.ts';
import { accessTokenContent, jwtSigningInput, parseJwt } from '../../../lib/core/session/rules/access-token.ts';
import { hash2Of } from '../../../lib/core/session/rules/refresh-token.ts';
import type { SessionRow } from '../../../lib/core/session/rules/row.ts';
import { answerVerifySession } from '../../../lib/core/session/wire/answers.ts';
import { rulesOf } from '../../../lib/core/session/wire/call-rules.ts';
import type { AntiCsrfToken, Hash1, Json, JsonObject } from '../../../lib/core/types.ts';
import { makeContext, NOW, type TestContext } from '../../fixtures/core-context.ts';
import { someHash, someRow } from '../../fixtures/session-row.ts';

const LIVE = 'ab'.repeat(32) as Hash1;
const CHILD = 'cd'.repeat(32) as Hash1;
const ANTI_CSRF = 'anti-csrf' as AntiCsrfToken;
const ON_REFRESH = { rotation: 'on-refresh', graceReuse: 'same' } as const;

const ENDED = { status: 'UNAUTHORISED', message: 'Either the session has ended or has been blacklisted' };

/** A core with one session, its live refresh token that of hash1 {@link LIVE}. */
async function withSession(config: Partial<CoreConfig> = {}, members: Partial<SessionRow> = {}) {
  const context = makeContext({ config: { ...DEFAULT_CORE_CONFIG, accessTokenValidityJitter: 0, ...config } });
  const row = someRow({ current: hash2Of(LIVE), expiry: NOW + 1, payload: { role: 'user' }, ...members });
  await context.store.sessions.create(row);
  return { context, row };
}

async function tokenOf(
  context: TestContext,
  row: SessionRow,
  parts: Partial<AccessTokenParts> = {},
  version: CdiVersion = '5.4',
): Promise<string> {
  const all = { refreshTokenHash1: LIVE, antiCsrfToken: undefined, ...parts };
  return String((await issueAccessToken(context, row, all, rulesOf(version))).token);
}

const verify = (
  context: TestContext,
  accessToken: string,
  input: Partial<VerifySessionInput> = {},
  version: CdiVersion = '5.4',
): Promise<JsonObject> =>
  answerVerifySession(
    context,
    {
      accessToken,
      antiCsrfToken: undefined,
      doAntiCsrfCheck: false,
      enableAntiCsrf: false,
      checkDatabase: false,
      ...input,
    },
    { version },
  );

/** The same core, with a store that must not be asked. */
const withoutStore = (context: TestContext): TestContext => ({
  ...context,
  store: { ...context.store, sessions: { ...context.store.sessions, get: () => Promise.reject(new Error('read')) } },
});

const contentOf = ({ accessToken }: JsonObject) => {
  const jwt = parseJwt(String((accessToken as JsonObject).token));
  return jwt && accessTokenContent(jwt);
};

const sessionOf = (row: SessionRow, payload = row.payload) => ({
  handle: row.handle,
  userId: row.userId,
  recipeUserId: row.userId,
  userDataInJWT: payload,
  tenantId: 'public',
});

describe('an access token', () => {
  test('is good with signature and claims, and says whose session it is', async () => {
    const { context, row } = await withSession();
    const token = await tokenOf(context, row);
    expect(await verify(withoutStore(context), token)).toEqual({ status: 'OK', session: sessionOf(row) });
  });

  test('of version 4 names no recipe user up to CDI 3.1, and the user as such later', async () => {
    const { context, row } = await withSession();
    const { recipeUserId, ...session } = sessionOf(row);
    const token = await tokenOf(context, row, {}, '3.1');
    expect(await verify(context, token, {}, '3.1')).toEqual({ status: 'OK', session });
    expect(await verify(context, token)).toEqual({ status: 'OK', session: { ...session, recipeUserId } });
  });

  const JWT_FAULT = 'io.supertokens.session.jwt.JWT$JWTException:';
  const INCOMPLETE = 'Access token does not contain all the information. Maybe the structure has changed?';

  // The messages are those of the official core.
  test.each<[string, string, (token: string, context: TestContext) => string | Promise<string>]>([
    ['that is none', `${JWT_FAULT} Invalid JWT`, () => 'none'],
    ['of a key that is not published', 'Key not found', (token) => withHeader(token, { kid: 'd-2' })],
    ['of another algorithm', `${JWT_FAULT} JWT header mismatch - alg`, (token) => withHeader(token, { alg: 'RS512' })],
    [
      'of ours whose header names another algorithm, though its signature fits',
      `${JWT_FAULT} JWT header mismatch - alg`,
      (token, context) => signed(token, context, {}, { alg: 'PS256' }),
    ],
    [
      'whose signature is that of another',
      `${JWT_FAULT} JWT verification failed`,
      (token) => `${token.split('.').slice(0, 2).join('.')}.c2ln`,
    ],
    ['with a claim of another type', INCOMPLETE, (token, context) => signed(token, context, { sub: 5 })],
    ['that lacks a claim', `${INCOMPLETE} rsub`, (token, context) => signed(token, context, { rsub: undefined })],
    [
      'that lacks several claims',
      `${INCOMPLETE} exp`,
      (token, context) => signed(token, context, { tId: undefined, exp: undefined }),
    ],
    ['of another version', INCOMPLETE, (token, context) => signed(token, context, {}, { version: '6' })],
  ])('%s is invalid: %s', async (_what, message, change) => {
    const { context, row } = await withSession();
    const changed = await change(await tokenOf(context, row), context);
    expect(await verify(withoutStore(context), changed)).toEqual({ status: 'TRY_REFRESH_TOKEN', message });
  });

  test('has expired at the moment it says', async () => {
    const { context, row } = await withSession();
    const token = await tokenOf(context, row);
    const expiry = Math.floor(NOW / 1000) * 1000 + DEFAULT_CORE_CONFIG.accessTokenValidity;
    const at = (time: number) => verify({ ...context, clock: () => time }, token);
    expect(await at(expiry - 1)).toMatchObject({ status: 'OK' });
    expect(await at(expiry)).toEqual({ status: 'TRY_REFRESH_TOKEN', message: 'Access token expired' });
  });
});

/** A token with other members in its header, and its old signature. */
function withHeader(token: string, members: JsonObject): string {
  const [header = '', ...rest] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as JsonObject), ...members };
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
}

/** A token with other claims and members in its header, signed by us. */
async function signed(
  token: string,
  { keys }: TestContext,
  claims: Readonly<Record<string, Json | undefined>>,
  members: JsonObject = {},
) {
  const { key, kid } = await keys.signer('dynamic');
  const header = { kid, typ: 'JWT', version: '5', alg: 'RS256', ...members };
  // Claims that are undefined are left out.
  const all: JsonObject = JSON.parse(JSON.stringify({ ...parseJwt(token)?.claims, ...claims }));
  const input = jwtSigningInput(header, all);
  return `${input}.${(await signRs256(input, key)).toString('base64url')}`;
}

describe('the anti-CSRF token', () => {
  const CHECKED = { enableAntiCsrf: true, doAntiCsrfCheck: true };

  test('is asked for where it is turned on and the route wants it', async () => {
    const { context, row } = await withSession();
    const token = await tokenOf(context, row, { antiCsrfToken: ANTI_CSRF });
    const statusWith = async (input: Partial<VerifySessionInput>) => (await verify(context, token, input)).status;
    expect(await statusWith({ ...CHECKED, antiCsrfToken: ANTI_CSRF })).toBe('OK');
    for (const antiCsrfToken of [undefined, 'another']) {
      expect(await verify(context, token, { ...CHECKED, antiCsrfToken })).toEqual({
        status: 'TRY_REFRESH_TOKEN',
        message: 'anti-csrf check failed',
      });
      expect(await statusWith({ enableAntiCsrf: true, antiCsrfToken })).toBe('OK');
      expect(await statusWith({ doAntiCsrfCheck: true, antiCsrfToken })).toBe('OK');
    }
  });

  test('must be in the access token for that', async () => {
    const { context, row } = await withSession();
    expect(await verify(context, await tokenOf(context, row), CHECKED)).toEqual({
      status: 'TRY_REFRESH_TOKEN',
      message: 'Access token does not contain all the information. Maybe the structure has changed?',
    });
  });
});

describe.each([
  ['in process', ON_REFRESH, '5.4'],
  ['from CDI 5.6 on', {}, '5.6'],
] as const)('%s', (_what, config, version) => {
  const CHECKED = { checkDatabase: true };

  test('no row is read but where the database is to be checked', async () => {
    const { context, row } = await withSession(config);
    const token = await tokenOf(context, row, { parentRefreshTokenHash1: CHILD });
    expect(await verify(withoutStore(context), token, {}, version)).toEqual({ status: 'OK', session: sessionOf(row) });
  });

  test('a checked session is good as long as its row is there and has not expired', async () => {
    const { context, row } = await withSession(config);
    const token = await tokenOf(context, row);
    expect(await verify(context, token, CHECKED, version)).toMatchObject({ status: 'OK', session: sessionOf(row) });
    expect(await verify({ ...context, clock: () => NOW + 1 }, token, CHECKED, version)).toEqual(ENDED);
    await context.store.sessions.delete(row.handle, NOW);
    expect(await verify(context, token, CHECKED, version)).toEqual(ENDED);
  });

  test('nothing is written and no token issued as long as the claims are those of the row', async () => {
    const { context, row } = await withSession(config);
    const answer = await verify(context, await tokenOf(context, row), CHECKED, version);
    expect(answer).not.toHaveProperty('accessToken');
    expect(context.store.row(row.handle)).toEqual(row);
  });
});

describe('in process', () => {
  test('a token of any branch is good, for there is but one', async () => {
    const { context, row } = await withSession(ON_REFRESH, { current: someHash() });
    const answer = await verify(context, await tokenOf(context, row), { checkDatabase: true });
    expect(answer).toEqual({ status: 'OK', session: sessionOf(row) });
  });

  test('claims that have changed come with a new token for the same refresh token', async () => {
    const { context, row } = await withSession(ON_REFRESH);
    const parts = { parentRefreshTokenHash1: CHILD, antiCsrfToken: ANTI_CSRF };
    const token = await tokenOf(context, { ...row, payload: { role: 'admin' } }, parts);
    const answer = await verify(context, token, { checkDatabase: true });
    expect(answer).toEqual({ status: 'OK', session: sessionOf(row), accessToken: expect.anything() });
    expect(contentOf(answer)).toMatchObject({
      refreshTokenHash1: LIVE,
      parentRefreshTokenHash1: undefined,
      antiCsrfToken: ANTI_CSRF,
      payload: row.payload,
    });
  });
});

describe('a token that verification replaces', () => {
  const LATER = NOW + 600_000;

  test.each([
    ['in process', ON_REFRESH],
    ['over HTTP', {}],
  ] as const)('because of changed claims keeps the expiry of the presented one, %s', async (_where, config) => {
    const { context, row } = await withSession(config, { expiry: LATER + 1 });
    const token = await tokenOf(context, { ...row, payload: { role: 'admin' } });
    const presented = contentOf({ accessToken: { token } });
    const answer = await verify({ ...context, clock: () => LATER }, token, { checkDatabase: true });
    expect(contentOf(answer)).toEqual({
      ...presented,
      createdAt: Math.floor(LATER / 1000) * 1000,
      payload: row.payload,
    });
    expect(answer.accessToken).toMatchObject({ expiry: presented?.expiry });
  });

  test('keeps the expiry however often the claims change', async () => {
    const { context, row } = await withSession(ON_REFRESH, { expiry: NOW * 2 });
    let token = await tokenOf(context, row);
    const presented = contentOf({ accessToken: { token } });
    for (let time = 1; time < 5; time++) {
      await context.store.sessions.setPayload(row.handle, { time }, NOW);
      const answer = await verify({ ...context, clock: () => NOW + time * 600_000 }, token, { checkDatabase: true });
      expect(contentOf(answer)).toMatchObject({ expiry: presented?.expiry, payload: { time } });
      token = String((answer.accessToken as JsonObject).token);
    }
  });

  test.each([
    ['4', '3.1', '5.4'],
    ['5', '5.4', '3.1'],
  ] as const)('stays of version %s if CDI %s issued it and %s verifies it', async (version, issued, verified) => {
    for (const config of [ON_REFRESH, {}]) {
      const { context, row } = await withSession(config);
      const token = await tokenOf(context, { ...row, payload: {} }, {}, issued);
      const answer = await verify(context, token, { checkDatabase: true }, verified);
      const jwt = parseJwt(String((answer.accessToken as JsonObject).token));
      expect(jwt?.version).toBe(version);
      expect(jwt && Object.hasOwn(jwt.claims, 'rsub')).toBe(version === '5');
    }
  });

  test('because it was promoted stays of its version, and is renewed as the official core renews it', async () => {
    const { context, row } = await withSession({}, { expiry: LATER + 1 });
    const parts = { refreshTokenHash1: CHILD, parentRefreshTokenHash1: LIVE };
    const token = await tokenOf(context, row, parts, '3.1');
    const answer = await verify({ ...context, clock: () => LATER }, token);
    const jwt = parseJwt(String((answer.accessToken as JsonObject).token));
    expect(jwt).toMatchObject({ version: '4' });
    expect(contentOf(answer)?.expiry).toBe(Math.floor(LATER / 1000) * 1000 + 3_600_000);
  });
});

describe('from CDI 5.6 on, by version', () => {
  test('the answer says whether the claims have changed, and keeps those of the token', async () => {
    const { context, row } = await withSession();
    const answerTo = async (payload: JsonObject) =>
      verify(context, await tokenOf(context, { ...row, payload }), { checkDatabase: true }, '5.6');
    expect(await answerTo(row.payload)).toMatchObject({ status: 'OK', payloadUpdateAvailable: false });
    expect(await answerTo({ role: 'admin' })).toEqual({
      status: 'OK',
      session: sessionOf(row, { role: 'admin' }),
      payloadUpdateAvailable: true,
    });
  });

  test('a token of a branch that was left behind must be refreshed', async () => {
    const { context, row } = await withSession({}, { current: someHash() });
    const answer = await verify(context, await tokenOf(context, row), { checkDatabase: true }, '5.6');
    expect(answer).toEqual({ status: 'UNAUTHORISED', message: 'rotated-out token branch; refresh required' });
  });

  test('a token of the live one, or of its child, need not', async () => {
    const { context, row } = await withSession();
    const parts = { refreshTokenHash1: CHILD, parentRefreshTokenHash1: LIVE };
    const answer = await verify(context, await tokenOf(context, row, parts), { checkDatabase: true }, '5.6');
    expect(answer).toMatchObject({ status: 'OK' });
  });
});

describe('in two phases, up to CDI 5.5', () => {
  const OF_CHILD = { refreshTokenHash1: CHILD, parentRefreshTokenHash1: LIVE };

  test('the first use of a child makes it live, and comes with a token without a parent', async () => {
    const { context, row } = await withSession();
    const get = jest.spyOn(context.store.sessions, 'get');
    const answer = await verify(context, await tokenOf(context, row, OF_CHILD));
    expect(get).toHaveBeenCalledTimes(1);
    expect(context.store.row(row.handle)).toMatchObject({ current: hash2Of(CHILD), prev: hash2Of(LIVE) });
    expect(answer).toEqual({ status: 'OK', session: sessionOf(row), accessToken: expect.anything() });
    expect(contentOf(answer)).toMatchObject({ refreshTokenHash1: CHILD, parentRefreshTokenHash1: undefined });
  });

  test('another use of it comes with one, too, and writes nothing', async () => {
    const { context, row } = await withSession();
    const token = await tokenOf(context, row, OF_CHILD);
    await verify(context, token);
    const promoted = context.store.row(row.handle);
    expect(await verify(context, token)).toHaveProperty('accessToken');
    expect(context.store.row(row.handle)).toBe(promoted);
  });

  test('a request that loses the race for the first use reads again', async () => {
    const { context, row } = await withSession();
    const token = await tokenOf(context, row, OF_CHILD);
    const { sessions } = context.store;
    const overtaken: TestContext = {
      ...context,
      store: {
        ...context.store,
        sessions: {
          ...sessions,
          rotate: async (...args) => {
            await sessions.rotate(...args);
            return undefined;
          },
        },
      },
    };
    expect(await verify(overtaken, token)).toMatchObject({ status: 'OK', accessToken: expect.anything() });
  });

  test('a token without a parent is good without a look, and checked with one', async () => {
    const { context, row } = await withSession();
    const token = await tokenOf(context, row);
    expect(await verify(withoutStore(context), token)).toEqual({ status: 'OK', session: sessionOf(row) });
    expect(await verify(context, token, { checkDatabase: true })).toEqual({ status: 'OK', session: sessionOf(row) });
  });

  test('a missing row has a result that depends on why it was read', async () => {
    const { context, row } = await withSession();
    const token = await tokenOf(context, row, OF_CHILD);
    await context.store.sessions.delete(row.handle, NOW);
    expect(await verify(context, token)).toEqual({ status: 'UNAUTHORISED', message: 'Session missing in db' });
    expect(await verify(context, token, { checkDatabase: true })).toEqual(ENDED);
  });

  test('claims that have changed come with a new token only where the database is to be checked', async () => {
    const { context, row } = await withSession();
    const parts = { refreshTokenHash1: CHILD, parentRefreshTokenHash1: CHILD };
    const token = await tokenOf(context, { ...row, payload: { role: 'admin' } }, parts);
    expect(await verify(context, token)).toEqual({ status: 'OK', session: sessionOf(row, { role: 'admin' }) });
    expect(await verify(context, token, { checkDatabase: true })).toEqual({
      status: 'OK',
      session: sessionOf(row),
      accessToken: expect.anything(),
    });
  });
});
