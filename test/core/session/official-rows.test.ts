import { randomBytes } from 'node:crypto';
import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import { publicPartOf } from '../../../lib/core/keys/keyring.ts';
import { toRsaJwk } from '../../../lib/core/keys/rsa.ts';
import { IN_PROCESS, infoOf, OVER_HTTP, refresh, refreshed, sessionsOf, verify } from '../../fixtures/cdi-session.ts';
import { ManualClock, makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import {
  OFFICIAL,
  type OfficialTokens,
  officialKeyring,
  officialSession,
  officialSessionRows,
} from '../../fixtures/official-rows.ts';

const G = DEFAULT_CORE_CONFIG.gracePeriod;

/** A core that has taken over what an official one kept, at the moment of the recording. */
async function takenOver(database: TestDatabase, config: Partial<CoreConfig>): Promise<TestCore> {
  const { store } = database;
  const keyring = officialKeyring(randomBytes(32));
  const schedule = { interval: DEFAULT_CORE_CONFIG.signingKeyInterval, accessTokenValidity: 3_600_000 };
  await store.keyring.write(keyring);
  await store.publishedKeys.write(publicPartOf(keyring, schedule, toRsaJwk));
  for (const row of officialSessionRows()) await store.sessions.create(row);
  return makeTestCore(store, config, new ManualClock(OFFICIAL.recordedAt));
}

const tokensOf = (what: string): readonly OfficialTokens[] => officialSession(what).tokens;

const refreshTokensOf = (what: string): [string, string] => {
  const [first, second] = tokensOf(what);
  return [first?.refreshToken ?? '', second?.refreshToken ?? ''];
};

describe.each([
  ['in process', IN_PROCESS, '5.4'],
  ['over HTTP, CDI 5.4', OVER_HTTP, '5.4'],
  ['over HTTP, CDI 5.6', OVER_HTTP, '5.6'],
] as const)('what an official core gave out is good with its rows: %s', (_where, config, version) => {
  let database: TestDatabase;
  let core: TestCore;
  beforeEach(async () => {
    database = await startTestDatabase();
    core = await takenOver(database, config);
  });
  afterEach(() => database.stop());

  test.each(['fresh, CDI 5.4', 'fresh, CDI 3.1: access token V4', 'static signing key', 'two sessions of one user'])(
    'the live token refreshes: %s',
    async (what) => {
      for (const { refreshToken } of tokensOf(what)) {
        expect(await refresh(core, refreshToken, { version })).toMatchObject({ status: 'OK' });
      }
    },
  );

  test.each(['refreshed once, child not yet used, CDI 5.4', 'child used, CDI 5.4', 'rotated, CDI 5.6'])(
    'the newest token refreshes: %s',
    async (what) => {
      const [, newest] = refreshTokensOf(what);
      expect(await refresh(core, newest, { version })).toMatchObject({ status: 'OK' });
    },
  );

  test('a token may be retried before its child was used', async () => {
    const [first] = refreshTokensOf('refreshed once, child not yet used, CDI 5.4');
    expect(await refresh(core, first, { version })).toMatchObject({ status: 'OK' });
  });

  test('once its child was used and the window is over, it is theft', async () => {
    const [first, child] = refreshTokensOf('refreshed once, child not yet used, CDI 5.4');
    await refreshed(core, child, { version });
    core.clock.advance(G + 1);
    expect(await refresh(core, first, { version })).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('a replaced token is theft once the window is over', async () => {
    const [first] = refreshTokensOf('child used, CDI 5.4');
    core.clock.advance(G + 1);
    expect(await refresh(core, first, { version })).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('with anti-CSRF it takes the anti-CSRF token', async () => {
    const [tokens] = tokensOf('with anti-CSRF');
    const { refreshToken = '', antiCsrfToken } = tokens ?? {};
    const options = { version, enableAntiCsrf: true };
    expect(await refresh(core, refreshToken, options)).toMatchObject({ status: 'UNAUTHORISED' });
    expect(await refresh(core, refreshToken, { ...options, antiCsrfToken })).toMatchObject({ status: 'OK' });
  });

  test('a revoked session is unauthorised', async () => {
    const [token] = refreshTokensOf('revoked: no row');
    expect(await refresh(core, token, { version })).toMatchObject({ status: 'UNAUTHORISED' });
  });

  test('the sessions of a user are listed', async () => {
    const handles = tokensOf('two sessions of one user').map(({ handle }) => handle);
    expect(new Set((await sessionsOf(core, 'user-two')) as string[])).toEqual(new Set(handles));
  });

  test('payload and data are as they were', async () => {
    const [tokens] = tokensOf('fresh, CDI 5.4');
    expect(await infoOf(core, tokens?.handle ?? '')).toMatchObject({
      userDataInDatabase: { note: 'Grüße 🎉' },
      userDataInJWT: { role: 'admin', nil: null },
    });
  });

  test('access tokens verify with its keys, and no key is made', async () => {
    const [tokens] = tokensOf('fresh, CDI 5.4');
    expect(await verify(core, tokens?.accessToken ?? '', { version })).toMatchObject({ status: 'OK' });
    expect(core.events).toEqual([]);
  });
});

describe('the window of a token that an official core rotated', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await startTestDatabase();
  });
  afterEach(() => database.stop());

  test.each([
    ['in process', IN_PROCESS, '5.4'],
    ['over HTTP', OVER_HTTP, '5.6'],
  ] as const)('is kept: the one before the live one gets a second branch (%s)', async (_where, config, version) => {
    const core = await takenOver(database, config);
    const [first, second] = refreshTokensOf('rotated, CDI 5.6');
    const branch = await refreshed(core, first, { version });
    expect(branch.refreshToken).not.toBe(second);
    expect(await refresh(core, second, { version })).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });
});
