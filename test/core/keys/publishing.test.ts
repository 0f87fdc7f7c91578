import { createSession } from '../../fixtures/cdi-session.ts';
import {
  database,
  dueCore,
  dynamicKids,
  everyKey,
  HOUR,
  INTERVAL,
  jwksOf,
  keyring,
  kidsIn,
  LEAD,
  MINUTE,
  makeCore,
  maxAgeIn,
  signingKid,
  useKeyTables,
  withKeys,
  writeFirstKeys,
} from './key-tables.ts';

useKeyTables();

describe('a key is published before it signs', () => {
  const DIED = new Error('the process died');

  /** The keyring can be written, but not published. */
  const dyingBeforePublishing = () =>
    withKeys({ publishedKeys: { write: () => Promise.reject(DIED), read: () => Promise.reject(DIED) } });

  test('the first one, even if its maker died between writing the keyring and publishing', async () => {
    const dying = makeCore({}, dyingBeforePublishing());
    expect(await dying.ask('/recipe/jwt/jwks')).toMatchObject({ status: 500 });
    const lost = makeCore({}, dyingBeforePublishing());
    const body = { payload: {}, algorithm: 'RS256', jwksDomain: 'https://x', validity: 10 };
    expect(await lost.ask('/recipe/jwt', body)).toMatchObject({ status: 500 });
    expect(await database.store.publishedKeys.read()).toBeUndefined();
    const [kid] = await dynamicKids();

    const core = makeCore({}, database.store, dying.clock);
    expect(await signingKid(core)).toBe(kid);
    const published = await database.store.publishedKeys.read();
    expect(published?.keys.map(({ jwk }) => jwk.kid)).toContain(kid);
  });

  test('as long as publishing fails, no token is out', async () => {
    const core = makeCore({}, withKeys({ publishedKeys: { write: () => Promise.reject(DIED) } }));
    const body = { userId: 'u', userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };
    for (let time = 0; time < 3; time++) expect(await core.ask('/recipe/session', body)).toMatchObject({ status: 500 });
    expect(await database.store.keyring.read()).toBeDefined();
  });

  test('the next one, even if its maker died between writing the keyring and publishing', async () => {
    const { core, oldKid } = await dueCore();
    const dying = makeCore({}, withKeys({ publishedKeys: { write: () => Promise.reject(DIED) } }), core.clock);
    await expect(dying.core.rotateSigningKeyIfDue()).rejects.toBe(DIED);
    expect(dying.events).toContainEqual({ event: 'SigningKeyFailed', error: DIED });
    const [, nextKid = ''] = await dynamicKids();
    expect(kidsIn(await jwksOf(makeCore({}, database.store, core.clock)))).not.toContain(nextKid);

    core.clock.advance(30 * MINUTE);
    const other = makeCore({}, database.store, core.clock);
    expect(await signingKid(other)).toBe(oldKid);
    expect(kidsIn(await jwksOf(other))).toContain(nextKid);
  });

  test('a whole lead before, even if it lay unpublished for longer, and no other process publishes meanwhile', async () => {
    const { core, oldKid } = await dueCore();
    const dying = makeCore({}, withKeys({ publishedKeys: { write: () => Promise.reject(DIED) } }), core.clock);
    await expect(dying.core.rotateSigningKeyIfDue()).rejects.toBe(DIED);
    const [, nextKid = ''] = await dynamicKids();
    core.clock.advance(2 * LEAD);

    const finders = [makeCore({}, database.store, core.clock), makeCore({}, database.store, core.clock)];
    for (const kid of await Promise.all(finders.map(signingKid))) expect(kid).toBe(oldKid);
    expect(kidsIn(await jwksOf(makeCore({}, database.store, core.clock)))).toContain(nextKid);
    core.clock.advance(LEAD - 1);
    const late = makeCore({}, database.store, core.clock);
    for (const one of [...finders, late]) expect(await signingKid(one)).toBe(oldKid);
    core.clock.advance(1);
    for (const one of [...finders, late]) expect(await signingKid(one)).toBe(nextKid);
    expect(await dynamicKids()).toEqual([oldKid, nextKid]);
  });

  test('also that of a keyring restored from a backup, older than what is published', async () => {
    const { core, oldKid } = await dueCore();
    const backup = await keyring();
    await core.core.rotateSigningKeyIfDue();
    const lostKid = `d-${core.clock.time}`;
    expect(await database.store.keyring.write(backup, 2)).toBe(true);
    core.clock.advance(LEAD);

    const restored = makeCore({}, database.store, core.clock);
    expect(await signingKid(restored)).toBe(oldKid);
    await restored.core.rotateSigningKeyIfDue();
    const nextKid = `d-${core.clock.time}`;
    expect(nextKid).not.toBe(lostKid);
    expect(kidsIn(await jwksOf(makeCore({}, database.store, core.clock)))).toEqual([
      oldKid,
      nextKid,
      backup.staticKey?.kid,
    ]);
    core.clock.advance(LEAD - 1);
    expect(await signingKid(restored)).toBe(oldKid);
    core.clock.advance(1);
    expect(await signingKid(restored)).toBe(nextKid);
  });

  test('the only key that can sign is one that no verifier could see: it signs, and is published', async () => {
    const { core } = await dueCore();
    await core.core.rotateSigningKeyIfDue();
    const [, nextKid = ''] = await dynamicKids();
    core.clock.advance(LEAD);
    await database.db.delete(database.tables.publishedKeys, { pk: 'published-keys' });
    const awake = makeCore({}, database.store, core.clock);
    expect(await signingKid(awake)).toBe(nextKid);
    expect(kidsIn(await jwksOf(awake))).toContain(nextKid);
  });

  test('whatever comes first: no token is ever out whose key is not in the JWKS', async () => {
    const core = makeCore();
    for (let step = 0; step < 12; step++) {
      const fresh = makeCore({}, database.store, core.clock);
      for (const one of [core, fresh]) {
        const kid = await signingKid(one);
        const published = await database.store.publishedKeys.read();
        expect(published?.keys.map(({ jwk }) => jwk.kid)).toContain(kid);
      }
      await core.core.rotateSigningKeyIfDue();
      core.clock.advance(INTERVAL / 5);
    }
  });
});

describe('the JWKS', () => {
  beforeEach(writeFirstKeys);

  test('is one read of one item', async () => {
    await createSession(makeCore());
    database.consumed.length = 0;
    await jwksOf(makeCore());
    expect(database.consumed.map(({ operation }) => operation)).toEqual(['GetItem']);
  });

  test('may be cached until the next key is due', async () => {
    const core = makeCore();
    expect(maxAgeIn(await jwksOf(core))).toBe((INTERVAL - LEAD) / 1000);
    core.clock.advance(1500);
    expect(maxAgeIn(await jwksOf(core))).toBe((INTERVAL - LEAD) / 1000 - 2);
    core.clock.advance(INTERVAL - LEAD - 1501);
    expect(maxAgeIn(await jwksOf(core))).toBe(0);
  });

  test('may not be cached while a key is overdue', async () => {
    const { core } = await dueCore();
    core.clock.advance(HOUR);
    const stuck = withKeys({ keyring: { read: () => new Promise<never>(() => undefined) } });
    expect(maxAgeIn(await jwksOf(makeCore({}, stuck, core.clock)))).toBe(0);
  });

  test('has no private part and only what a verifier needs', async () => {
    const { json } = await jwksOf(makeCore());
    for (const key of json.keys as object[]) {
      expect(Object.keys(key)).toEqual(['kty', 'kid', 'n', 'e', 'alg', 'use']);
    }
    const item = await database.db.get(database.tables.publishedKeys, { pk: 'published-keys' });
    for (const { privateKey = '' } of await everyKey()) {
      expect(privateKey).not.toBe('');
      expect(JSON.stringify(item)).not.toContain(privateKey.slice(40, 120));
    }
    expect(JSON.stringify(item)).not.toContain('private');
  });
});
