import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { RetiredToken, SessionRow } from '../../../lib/core/session/rules/row.ts';
import { packRetired } from '../../../lib/core/session/store/dynamodb/row-item.ts';
import type { SessionHandle } from '../../../lib/core/types.ts';
import {
  claimsOf,
  createSession,
  hash1,
  hash2,
  IN_PROCESS,
  type Issued,
  infoOf,
  kidOf,
  refresh,
  refreshed,
  refreshedInTurn,
  setPayload,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore, startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import {
  hkdfIndependently,
  openIndependently,
  sealIndependently,
  uuidIndependently,
} from '../../fixtures/independent-token.ts';

const G = DEFAULT_CORE_CONFIG.gracePeriod;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const makeCore = (): TestCore => makeTestCore(database.store, IN_PROCESS);

async function rowOf(handle: SessionHandle): Promise<SessionRow> {
  const row = await database.store.sessions.get(handle);
  if (row === undefined) throw new Error(`No row of ${handle}`);
  return row;
}

async function entryOf(token: string, handle: SessionHandle): Promise<RetiredToken> {
  const entry = (await rowOf(handle)).retired.find((retired) => retired.hash2 === hash2(token));
  if (entry === undefined) throw new Error('The token is not among the retired ones');
  return entry;
}

async function secrets() {
  const keyring = await database.store.keyring.read();
  if (keyring === undefined) throw new Error('There is no keyring');
  return {
    refreshTokenSecret: keyring.refreshTokenSecret,
    successorSecret: Buffer.from(keyring.successorSecret, 'base64url'),
  };
}

async function replaceRetired(handle: SessionHandle, retired: readonly RetiredToken[]): Promise<void> {
  const key = { pk: `session#${handle}`, sk: 'session' };
  await database.db.update(database.tables.sessions, key, { set: { retired: packRetired(retired) } });
}

describe('rule 5: the successor', () => {
  /** The successor of a session's first token, made from the key that `keyFrom` derives from token and salt. */
  async function successorBy(first: Issued, keyFrom: (salt: Buffer, info: string) => Buffer): Promise<string> {
    const { refreshTokenSecret, successorSecret } = await secrets();
    const { salt, antiCsrf } = await entryOf(first.refreshToken, first.handle);
    const key = keyFrom(Buffer.concat([salt, successorSecret]), `successor/v1|public|public|${first.handle}`);
    const text = {
      sessionHandle: first.handle,
      userId: first.userId,
      parentRefreshTokenHash1: hash1(first.refreshToken),
      nonce: key.subarray(0, 32).toString('hex'),
      antiCsrfToken: antiCsrf ? uuidIndependently(key.subarray(44, 60)) : undefined,
    };
    return sealIndependently(text, key.subarray(32, 44), refreshTokenSecret);
  }

  test.each([false, true])(
    'it is HKDF-SHA256 of the old token with salt and server subkey, in the official format (anti-CSRF: %s)',
    async (enableAntiCsrf) => {
      const core = makeCore();
      const first = await createSession(core, { enableAntiCsrf });
      const second = await refreshed(core, first.refreshToken, { enableAntiCsrf, antiCsrfToken: first.antiCsrfToken });
      const derived = await successorBy(first, (salt, info) => hkdfIndependently(first.refreshToken, salt, info, 60));
      expect(derived).toBe(second.refreshToken);
    },
  );

  test('it names its session, its user, its predecessor, and nothing else', async () => {
    const core = makeCore();
    const first = await createSession(core, { userId: 'Zoë 🎉' });
    const second = await refreshed(core, first.refreshToken);
    expect(await openIndependently(second.refreshToken, (await secrets()).refreshTokenSecret)).toEqual({
      sessionHandle: first.handle,
      userId: 'Zoë 🎉',
      parentRefreshTokenHash1: hash1(first.refreshToken),
      nonce: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('it cannot be derived from hash1, which access tokens have, nor from hash2, which the row has', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    const told = [hash1(first.refreshToken), hash2(first.refreshToken)];
    for (const ikm of [...told, ...told.map((hash) => Buffer.from(hash, 'hex'))]) {
      const derived = await successorBy(first, (salt, info) => hkdfIndependently(ikm, salt, info, 60));
      expect(derived).not.toBe(second.refreshToken);
    }
  });

  test('the token is no salt: as one, HMAC would hash it, and its hash is public', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    const asSalt = (salt: Buffer, info: string) => hkdfIndependently(salt, Buffer.from(first.refreshToken), info, 60);
    const publicHash = Buffer.from(hash1(first.refreshToken), 'hex');
    const asItsHash = (salt: Buffer, info: string) => hkdfIndependently(salt, publicHash, info, 60);
    // The two are the same key: this is why the rule is there.
    expect(await successorBy(first, asSalt)).toBe(await successorBy(first, asItsHash));
    expect(await successorBy(first, asSalt)).not.toBe(second.refreshToken);
  });

  test('the row alone is not enough: the server subkey takes part', async () => {
    const core = makeCore();
    const first = await createSession(core);
    const second = await refreshed(core, first.refreshToken);
    const without = (salt: Buffer, info: string) =>
      hkdfIndependently(first.refreshToken, salt.subarray(0, 16), info, 60);
    expect(await successorBy(first, without)).not.toBe(second.refreshToken);
  });

  test('the server subkey has 32 random bytes and is kept with the refresh secret', async () => {
    await createSession(makeCore());
    const { successorSecret, refreshTokenSecret } = await secrets();
    expect(successorSecret).toHaveLength(32);
    expect(refreshTokenSecret).toMatch(/^1000:[0-9a-f]{128}:[0-9a-f]{128}$/);
  });
});

describe('rule 5: entries that were moved or changed by a writer of the table', () => {
  /** Two sessions, each rotated twice, their entries exchanged. */
  async function swapped() {
    const core = makeCore();
    const sessions = await Promise.all([createSession(core), createSession(core)]);
    const [mine, theirs] = sessions;
    const [myChain, theirChain] = await Promise.all(
      sessions.map(({ refreshToken }) => refreshedInTurn(core, refreshToken, 2)),
    );
    const [myRow, theirRow] = await Promise.all(sessions.map(({ handle }) => rowOf(handle)));
    await replaceRetired(mine.handle, theirRow?.retired ?? []);
    await replaceRetired(theirs.handle, myRow?.retired ?? []);
    return { core, mine, theirs, myChain: myChain ?? [], theirChain: theirChain ?? [] };
  }

  test('entries swapped between rows do not make an older token good', async () => {
    const { core, mine, theirs } = await swapped();
    for (const { refreshToken } of [mine, theirs]) {
      expect(await refresh(core, refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
    }
  });

  test('entries swapped between rows give neither live token to the one before it', async () => {
    const { core, myChain, theirChain } = await swapped();
    const live = [myChain[1]?.refreshToken, theirChain[1]?.refreshToken];
    const branch = await refreshed(core, myChain[0]?.refreshToken ?? '');
    expect(live).not.toContain(branch.refreshToken);
    expect(core.events).toContainEqual(expect.objectContaining({ event: 'RefreshGraceReuse', branch: true }));
  });

  test("another row's salt under a token's own hash does not give the live token", async () => {
    const core = makeCore();
    const [mine, theirs] = await Promise.all([createSession(core), createSession(core)]);
    const live = [await refreshed(core, mine.refreshToken), await refreshed(core, theirs.refreshToken)];
    const own = await entryOf(mine.refreshToken, mine.handle);
    const { salt } = await entryOf(theirs.refreshToken, theirs.handle);
    await replaceRetired(mine.handle, [{ ...own, salt }]);
    const branch = await refreshed(core, mine.refreshToken);
    expect(live.map(({ refreshToken }) => refreshToken)).not.toContain(branch.refreshToken);
  });

  test('a token whose salt was changed keeps its own window, whenever the row was rotated last', async () => {
    const core = makeCore();
    const first = await createSession(core);
    await refreshedInTurn(core, first.refreshToken, 2, G / 2);
    const [oldest, newest] = (await rowOf(first.handle)).retired;
    if (oldest === undefined || newest === undefined) throw new Error('Two retired tokens were expected');
    await replaceRetired(first.handle, [{ ...oldest, salt: newest.salt }, newest]);
    const { prev, rotatedAt } = await rowOf(first.handle);
    await refreshed(core, first.refreshToken);
    expect(await rowOf(first.handle)).toMatchObject({ prev, rotatedAt });
    core.clock.time = oldest.retiredAt + G + 1;
    expect(await refresh(core, first.refreshToken)).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
  });
});

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
