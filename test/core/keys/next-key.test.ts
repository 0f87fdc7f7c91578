import { createSession, verify } from '../../fixtures/cdi-session.ts';
import type { TestCore } from '../../fixtures/core.ts';
import {
  database,
  dueCore,
  dynamicKids,
  HOUR,
  INTERVAL,
  jwksOf,
  keyring,
  kidsIn,
  LEAD,
  LIFETIME,
  MINUTE,
  makeCore,
  signingKid,
  useKeyTables,
  withKeys,
  writeFirstKeys,
} from './key-tables.ts';

useKeyTables();

describe('the next key', () => {
  beforeEach(writeFirstKeys);

  test('is made 2 h 10 min before it signs, and not earlier', async () => {
    const { core } = await dueCore();
    core.clock.advance(-1);
    await core.core.rotateSigningKeyIfDue();
    expect(await dynamicKids()).toHaveLength(1);
    core.clock.advance(1);
    await core.core.rotateSigningKeyIfDue();
    const [, next] = (await keyring()).dynamicKeys;
    expect(next).toMatchObject({
      kid: `d-${core.clock.time}`,
      createdAt: core.clock.time,
      signsFrom: core.clock.time + LEAD,
    });
  });

  test('is in the JWKS at once', async () => {
    const { core } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    expect(kidsIn(await jwksOf(core))).toContain(`d-${core.clock.time}`);
  });

  test('signs after 2 h 10 min, until when the old one does', async () => {
    const { core, oldKid } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    core.clock.advance(LEAD - 1);
    expect(await signingKid(core)).toBe(oldKid);
    core.clock.advance(1);
    expect(await signingKid(core)).toBe(nextKid);
  });

  test('comes a fifth of a short interval ahead', async () => {
    const config = { signingKeyInterval: HOUR, accessTokenValidity: 10 * MINUTE };
    const core = makeCore(config);
    const oldKid = await signingKid(core);
    core.clock.advance(HOUR - 12 * MINUTE - 1);
    await core.core.rotateSigningKeyIfDue();
    expect(await dynamicKids()).toHaveLength(1);
    core.clock.advance(1);
    await core.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    core.clock.advance(12 * MINUTE - 1);
    expect(await signingKid(core)).toBe(oldKid);
    core.clock.advance(1);
    expect(await signingKid(core)).toBe(nextKid);
  });

  test('is made once by two cores at once', async () => {
    const { core } = await dueCore();
    const other = makeCore({}, database.store, core.clock);
    await Promise.all([core.core.rotateSigningKeyIfDue(), other.core.rotateSigningKeyIfDue()]);
    const stored = await keyring();
    expect(stored.dynamicKeys).toHaveLength(2);
    expect(stored.version).toBe(2);
    const made = [...core.events, ...other.events].filter(
      (event) => event.event === 'SigningKeyMade' && event.kid === `d-${core.clock.time}`,
    );
    expect(made).toHaveLength(1);
  });

  test('is never waited for: a request at the due moment is signed with the old key', async () => {
    const { core, oldKid } = await dueCore();
    // The read that begins the making never ends, so a request that waited for it would wait for ever.
    let reads = 0;
    const stuck = withKeys({
      keyring: {
        read: () => (++reads === 1 ? database.store.keyring.read() : new Promise<never>(() => undefined)),
      },
    });
    const process = makeCore({}, stuck, core.clock);
    expect(await signingKid(process)).toBe(oldKid);
    expect(reads).toBe(2);
    expect(await signingKid(process)).toBe(oldKid);
    expect(reads).toBe(2);
  });

  test('is not waited for by a look at the JWKS at the due moment', async () => {
    const { core, oldKid } = await dueCore();
    const stuck = withKeys({ keyring: { read: () => new Promise<never>(() => undefined) } });
    const process = makeCore({}, stuck, core.clock);
    expect(kidsIn(await jwksOf(process))).toContain(oldKid);
  });

  test.each<[string, (core: TestCore) => Promise<unknown>]>([
    ['request', signingKid],
    ['look at the JWKS', jwksOf],
  ])('is made in the background of the %s that finds it due', async (_what, ask) => {
    const { core, oldKid } = await dueCore();
    const published = Promise.withResolvers<void>();
    const watched = withKeys({
      publishedKeys: {
        async write(keys) {
          const isWritten = await database.store.publishedKeys.write(keys);
          published.resolve();
          return isWritten;
        },
      },
    });
    await ask(makeCore({}, watched, core.clock));
    await published.promise;
    expect(await dynamicKids()).toEqual([oldKid, `d-${core.clock.time}`]);
  });

  test('that could not be created is reported, and the old one still signs', async () => {
    const { core, oldKid } = await dueCore();
    const failing = withKeys({ keyring: { write: () => Promise.reject(new Error('no')) } });
    const process = makeCore({}, failing, core.clock);
    await expect(process.core.rotateSigningKeyIfDue()).rejects.toThrow('no');
    expect(process.events).toEqual([{ event: 'SigningKeyFailed', error: new Error('no') }]);
    core.clock.advance(INTERVAL);
    expect(await signingKid(process)).toBe(oldKid);
  });

  test('that is due when the keyring cannot be read is reported: a look at the JWKS does not fail of it', async () => {
    const { core, oldKid } = await dueCore();
    const failing = withKeys({ keyring: { read: () => Promise.reject(new Error('no')) } });
    const process = makeCore({}, failing, core.clock);
    expect(kidsIn(await jwksOf(process))).toContain(oldKid);
    // What was begun and not awaited has come to its end by then.
    await expect(process.core.rotateSigningKeyIfDue()).rejects.toThrow('no');
    expect(process.events).toContainEqual({ event: 'SigningKeyFailed', error: new Error('no') });
  });

  test.each([
    ['the usual interval', INTERVAL, LEAD],
    ['a short interval', HOUR, 12 * MINUTE],
  ])(
    'replaces the old one in time in a process that read the keyring just before: %s',
    async (_which, interval, lead) => {
      const config = { signingKeyInterval: interval, accessTokenValidity: 10 * MINUTE };
      const core = makeCore(config);
      core.clock.advance(interval - lead - 1);
      const cached = makeCore(config, database.store, core.clock);
      const oldKid = await signingKid(cached);
      core.clock.advance(1);
      await core.core.rotateSigningKeyIfDue();
      const nextKid = `d-${core.clock.time}`;
      expect(nextKid).not.toBe(oldKid);
      // Until then no request comes.
      core.clock.advance(lead);
      expect(await signingKid(cached)).toBe(nextKid);
    },
  );

  test('that another process has made already is taken over, not made again', async () => {
    const { core } = await dueCore();
    core.clock.advance(-1);
    const looks: PromiseWithResolvers<void>[] = [];
    const watched = withKeys({
      publishedKeys: {
        async read() {
          looks.at(-1)?.resolve();
          return database.store.publishedKeys.read();
        },
      },
    });
    const late = makeCore({}, watched, core.clock);
    await signingKid(late);
    core.clock.advance(1);
    await core.core.rotateSigningKeyIfDue();
    // What it remembers says that a key is due; in the background it finds that it is there.
    const look = Promise.withResolvers<void>();
    looks.push(look);
    await signingKid(late);
    await look.promise;
    expect((await keyring()).version).toBe(2);
    expect(late.events).toEqual([]);
  });

  test('is due again a lead before the one before it has signed for a whole interval', async () => {
    const { core } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    const [, second] = (await keyring()).dynamicKeys;
    core.clock.time = (second?.signsFrom ?? 0) + INTERVAL - LEAD - 1;
    await core.core.rotateSigningKeyIfDue();
    expect((await keyring()).version).toBe(2);
    core.clock.advance(1);
    await core.core.rotateSigningKeyIfDue();
    expect((await keyring()).version).toBe(3);
  });

  test('overdue after a long sleep is published as long as any before it signs', async () => {
    const core = makeCore();
    const oldKid = await signingKid(core);
    core.clock.advance(10 * INTERVAL);
    const awake = makeCore({}, database.store, core.clock);
    await awake.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    expect(await signingKid(awake)).toBe(oldKid);
    expect(kidsIn(await jwksOf(awake))).toEqual([oldKid, nextKid, expect.stringMatching(/^s-/)]);
    core.clock.advance(LEAD - 1);
    expect(await signingKid(awake)).toBe(oldKid);
    core.clock.advance(1);
    expect(await signingKid(awake)).toBe(nextKid);
  });
});

describe('a replaced key', () => {
  beforeEach(writeFirstKeys);

  async function replaced() {
    const { core, oldKid } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    core.clock.advance(LEAD);
    return { core, oldKid, nextKid };
  }

  test('stays in the JWKS for two access-token lifetimes, then goes', async () => {
    const { core, oldKid } = await replaced();
    core.clock.advance(2 * LIFETIME - 1);
    expect(kidsIn(await jwksOf(makeCore({}, database.store, core.clock)))).toContain(oldKid);
    core.clock.advance(1);
    for (const one of [core, makeCore({}, database.store, core.clock)]) {
      expect(kidsIn(await jwksOf(one))).not.toContain(oldKid);
      expect(kidsIn(await one.ask('/recipe/jwt/jwks'))).not.toContain(oldKid);
    }
  });

  test('verifies the last token it signed until that expires', async () => {
    const { core } = await replaced();
    core.clock.advance(-1);
    const { accessToken, accessExpiry } = await createSession(core);
    core.clock.time = accessExpiry - 1;
    expect(await verify(makeCore({}, database.store, core.clock), accessToken)).toMatchObject({ status: 'OK' });
  });

  test('loses its private half when the key after the next is made', async () => {
    const { core, oldKid, nextKid } = await replaced();
    expect((await keyring()).dynamicKeys.map(({ privateKey }) => typeof privateKey)).toEqual(['string', 'string']);
    // An access token so long-lived that the first key is still published then.
    const longLived = makeCore({ accessTokenValidity: INTERVAL }, database.store, core.clock);
    core.clock.advance(INTERVAL - LEAD);
    await longLived.core.rotateSigningKeyIfDue();
    const halves = (await keyring()).dynamicKeys.map(({ kid, privateKey }) => [kid, typeof privateKey]);
    expect(halves).toEqual([
      [oldKid, 'undefined'],
      [nextKid, 'string'],
      [`d-${core.clock.time}`, 'string'],
    ]);
    expect(JSON.stringify(await database.db.get(database.tables.keys, { pk: 'keyring' }))).not.toContain(
      'privateKey":null',
    );
  });

  test('leaves the keyring when it has left the JWKS', async () => {
    const { core, nextKid } = await replaced();
    core.clock.advance(INTERVAL - LEAD);
    await core.core.rotateSigningKeyIfDue();
    expect(await dynamicKids()).toEqual([nextKid, `d-${core.clock.time}`]);
  });
});
