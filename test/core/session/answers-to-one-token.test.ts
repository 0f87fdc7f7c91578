import {
  claimsOf,
  createSession,
  hash1,
  hash2,
  type Issued,
  infoOf,
  kidOf,
  refresh,
  refreshed,
  refreshedInTurn,
  setPayload,
} from '../../fixtures/cdi-session.ts';
import { openIndependently } from '../../fixtures/independent-token.ts';
import { database, G, makeCore, rowOf, secrets, useRotationDatabase } from './rotation-database.ts';

useRotationDatabase();

describe('rule 6: the answers to one token', () => {
  test('agree in refresh token, its expiry and its creation, and in refreshTokenHash1', async () => {
    const core = makeCore();
    const first = await createSession(core);
    core.clock.advance(12_345);
    const answer = await refreshed(core, first.refreshToken);
    core.clock.advance(6789);
    const again = await refreshed(core, first.refreshToken);
    const agreed = ({ refreshToken, refreshExpiry, refreshCreated }: Issued) => [
      refreshToken,
      refreshExpiry,
      refreshCreated,
    ];
    expect(agreed(again)).toEqual(agreed(answer));
    expect(claimsOf(again.accessToken).refreshTokenHash1).toBe(hash1(answer.refreshToken));
    expect(claimsOf(answer.accessToken).refreshTokenHash1).toBe(hash1(answer.refreshToken));
  });

  test("the expiry is the row's and the creation the moment at which the predecessor was retired, over a chain too", async () => {
    const core = makeCore();
    const first = await createSession(core);
    const chain = await refreshedInTurn(core, first.refreshToken, 3, 1000);
    const retiredLast = core.clock.time;
    core.clock.advance(1000);
    const again = await refreshed(core, first.refreshToken);
    expect(again.refreshCreated).toBe(retiredLast);
    expect(again.refreshExpiry).toBe((await rowOf(first.handle)).expiry);
    expect(again.refreshExpiry).toBe(chain.at(-1)?.refreshExpiry);
  });

  test('have no parent in their access tokens, so that verifying is pure computation', async () => {
    const core = makeCore();
    const first = await createSession(core);
    for (let time = 0; time < 2; time++) {
      const { accessToken } = await refreshed(core, first.refreshToken);
      expect(claimsOf(accessToken).parentRefreshTokenHash1).toBeNull();
    }
  });

  test.each([
    [true, false],
    [false, true],
  ])('carry the anti-CSRF token inside the successor (enableAntiCsrf %s at first, then %s)', async (atFirst, then) => {
    const core = makeCore();
    const first = await createSession(core, { enableAntiCsrf: atFirst });
    const own = { antiCsrfToken: first.antiCsrfToken };
    const answer = await refreshed(core, first.refreshToken, { ...own, enableAntiCsrf: atFirst });
    const again = await refreshed(core, first.refreshToken, { ...own, enableAntiCsrf: then });
    const inside = await openIndependently(answer.refreshToken, (await secrets()).refreshTokenSecret);
    expect(inside.antiCsrfToken === undefined).toBe(!atFirst);
    for (const { antiCsrfToken, accessToken, refreshToken } of [answer, again]) {
      expect(refreshToken).toBe(answer.refreshToken);
      expect(antiCsrfToken).toBe(inside.antiCsrfToken);
      expect(claimsOf(accessToken).antiCsrfToken).toBe(inside.antiCsrfToken ?? null);
    }
  });

  test('follow enableAntiCsrf from one rotation to the next', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken, { enableAntiCsrf: true });
    expect(second.antiCsrfToken).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const options = { enableAntiCsrf: true, antiCsrfToken: second.antiCsrfToken };
    const third = await refreshed(core, second.refreshToken, options);
    expect(third.antiCsrfToken).toBeDefined();
    expect(third.antiCsrfToken).not.toBe(second.antiCsrfToken);
    const fourth = await refreshed(core, third.refreshToken, { enableAntiCsrf: false });
    expect(fourth.antiCsrfToken).toBeUndefined();
    // Over a chain whose links differ, too.
    const again = await refreshed(core, second.refreshToken, options);
    expect([again.refreshToken, again.antiCsrfToken]).toEqual([fourth.refreshToken, undefined]);
  });

  test("the presented token's own anti-CSRF token is checked first: before a rotation", async () => {
    const core = makeCore();
    const first = await createSession(core, { enableAntiCsrf: true });
    for (const antiCsrfToken of [undefined, 'ffffffff-ffff-4fff-bfff-ffffffffffff']) {
      expect(await refresh(core, first.refreshToken, { enableAntiCsrf: true, antiCsrfToken })).toEqual({
        status: 'UNAUTHORISED',
        message: 'Anti CSRF token missing, or not matching',
      });
    }
    expect((await rowOf(first.handle)).current).toBe(hash2(first.refreshToken));
  });

  test("the presented token's own anti-CSRF token is checked first: before a retry and before theft", async () => {
    const core = makeCore();
    const first = await createSession(core, { enableAntiCsrf: true });
    const own = { enableAntiCsrf: true, antiCsrfToken: first.antiCsrfToken };
    const second = await refreshed(core, first.refreshToken, own);
    // That of the successor is not that of the token presented.
    const wrong = { enableAntiCsrf: true, antiCsrfToken: second.antiCsrfToken };
    expect(await refresh(core, first.refreshToken, wrong)).toMatchObject({ status: 'UNAUTHORISED' });
    core.clock.advance(G + 1);
    expect(await refresh(core, first.refreshToken, wrong)).toMatchObject({ status: 'UNAUTHORISED' });
    expect(await infoOf(core, first.handle)).toMatchObject({ status: 'OK' });
    expect(await refresh(core, first.refreshToken, own)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });

  test('have access tokens of their own: iat and exp are those of the request', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshed(core, first.refreshToken);
    core.clock.advance(20_000);
    const again = await refreshed(core, first.refreshToken);
    const now = Math.floor(core.clock.time / 1000);
    expect(claimsOf(again.accessToken)).toMatchObject({ iat: now, exp: now + 3600 });
    expect([again.accessCreated, again.accessExpiry]).toEqual([now * 1000, (now + 3600) * 1000]);
  });

  test('have the payload that is stored when they are asked for', async () => {
    const core = makeCore();
    const first = await createSession(core, { payload: { role: 'user' } });
    const answer = await refreshed(core, first.refreshToken);
    expect(answer.payload).toEqual({ role: 'user' });
    await setPayload(core, first.handle, { role: 'admin' });
    const again = await refreshed(core, first.refreshToken);
    expect(again.refreshToken).toBe(answer.refreshToken);
    expect(again.payload).toEqual({ role: 'admin' });
    expect(claimsOf(again.accessToken).role).toBe('admin');
  });

  test('are signed with the kind of key that the request asks for, which is stored', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const answer = await refreshed(core, first.refreshToken);
    const again = await refreshed(core, first.refreshToken, { useDynamicSigningKey: false });
    expect(again.refreshToken).toBe(answer.refreshToken);
    expect([kidOf(answer.accessToken), kidOf(again.accessToken)]).toEqual([
      expect.stringMatching(/^d-\d+$/),
      expect.stringMatching(/^s-/),
    ]);
    expect((await rowOf(first.handle)).useStaticKey).toBe(true);
    const back = await refreshed(core, first.refreshToken, { useDynamicSigningKey: true });
    expect(kidOf(back.accessToken)).toMatch(/^d-/);
    expect((await rowOf(first.handle)).useStaticKey).toBe(false);
  });

  test('a changed kind of key is stored by a write conditional on the live token', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    const { setSigningKey } = database.store.sessions;
    const now = core.clock.time;
    expect(await setSigningKey(first.handle, hash2(first.refreshToken), true, now)).toBe(false);
    expect(await setSigningKey(first.handle, hash2(second.refreshToken), true, second.refreshExpiry)).toBe(false);
    expect((await rowOf(first.handle)).useStaticKey).toBe(false);
    expect(await setSigningKey(first.handle, hash2(second.refreshToken), true, now)).toBe(true);
    expect((await rowOf(first.handle)).useStaticKey).toBe(true);
  });

  test('with anti-CSRF and signing key both flipped they still agree, time and again', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const answer = await refreshed(core, first.refreshToken, { enableAntiCsrf: true });
    const { retired, expiry } = await rowOf(first.handle);
    for (const flag of [true, false, true, false]) {
      const options = { enableAntiCsrf: flag, useDynamicSigningKey: !flag };
      const again = await refreshed(core, first.refreshToken, options);
      expect([again.refreshToken, again.antiCsrfToken]).toEqual([answer.refreshToken, answer.antiCsrfToken]);
      expect(await rowOf(first.handle)).toMatchObject({ retired, expiry, useStaticKey: flag });
    }
  });
});
