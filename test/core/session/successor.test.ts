import type { RetiredToken } from '../../../lib/core/session/rules/row.ts';
import { packRetired } from '../../../lib/core/session/store/dynamodb/row-item.ts';
import type { SessionHandle } from '../../../lib/core/types.ts';
import {
  createSession,
  hash1,
  hash2,
  type Issued,
  refresh,
  refreshed,
  refreshedInTurn,
} from '../../fixtures/cdi-session.ts';
import {
  hkdfIndependently,
  openIndependently,
  sealIndependently,
  uuidIndependently,
} from '../../fixtures/independent-token.ts';
import { database, G, makeCore, rowOf, secrets, useRotationDatabase } from './rotation-database.ts';

useRotationDatabase();

async function entryOf(token: string, handle: SessionHandle): Promise<RetiredToken> {
  const entry = (await rowOf(handle)).retired.find((retired) => retired.hash2 === hash2(token));
  if (entry === undefined) throw new Error('The token is not among the retired ones');
  return entry;
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
