import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { createSession, kidOf, refreshed, textIn, verify } from '../../fixtures/cdi-session.ts';
import {
  database,
  dynamicKids,
  everyKey,
  INTERVAL,
  jwksOf,
  keyring,
  kidsIn,
  makeCore,
  signingKid,
  useKeyTables,
  withKeys,
  writeFirstKeys,
} from './key-tables.ts';

useKeyTables();

describe('the first keys', () => {
  test('are one dynamic and one static key, published before the first token is out', async () => {
    const core = makeCore();
    const { accessToken } = await createSession(core);
    const published = await database.store.publishedKeys.read();
    const kids = published?.keys.map(({ jwk }) => jwk.kid);
    expect(kids).toEqual([expect.stringMatching(/^d-\d+$/), expect.stringMatching(/^s-/)]);
    expect(kids).toContain(kidOf(accessToken));
  });

  test('have the form of their ids: d- and the creation in ms, s- and a UUID', async () => {
    const core = makeCore();
    const kid = await signingKid(core);
    expect(kid).toBe(`d-${core.clock.time}`);
    expect((await everyKey()).at(-1)?.kid).toMatch(
      /^s-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test('are RSA keys of 2048 bits, as SPKI and PKCS#8 in base64', async () => {
    await createSession(makeCore());
    const all = await everyKey();
    expect(all).toHaveLength(2);
    for (const { publicKey, privateKey = '' } of all) {
      const pub = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
      const own = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
      expect(pub.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65537n });
      expect(createPublicKey(own).equals(pub)).toBe(true);
    }
  });

  test('sign tokens that jose verifies with the JWKS', async () => {
    const core = makeCore();
    const jwks = createLocalJWKSet((await jwksOf(core)).json as unknown as JSONWebKeySet);
    for (const useDynamicSigningKey of [true, false]) {
      const { accessToken, handle } = await createSession(core, { useDynamicSigningKey });
      const { payload } = await jwtVerify(accessToken, jwks, { currentDate: new Date(core.clock.time) });
      expect(payload.sessionHandle).toBe(handle);
    }
  });

  test('two cores that find none at once end up with one keyring, and know each other’s tokens', async () => {
    const cores = [makeCore(), makeCore()];
    const tokens = await Promise.all(cores.map((core) => createSession(core)));
    const stored = await keyring();
    expect(stored.version).toBe(1);
    expect(stored.dynamicKeys).toHaveLength(1);
    const jwks = createLocalJWKSet((await jwksOf(makeCore())).json as unknown as JSONWebKeySet);
    for (const { accessToken, refreshToken } of tokens) {
      await jwtVerify(accessToken, jwks, { currentDate: new Date(cores[0]?.clock.time ?? 0) });
      for (const core of cores) {
        expect(await verify(core, accessToken)).toMatchObject({ status: 'OK' });
        await refreshed(core, refreshToken);
      }
    }
  });

  test('are not made twice when the acknowledgement of the keyring was lost', async () => {
    const losing = withKeys({
      keyring: {
        async write(keys) {
          await database.store.keyring.write(keys);
          return false;
        },
      },
    });
    const core = makeCore({}, losing);
    expect(await signingKid(core)).toBe((await keyring()).dynamicKeys[0]?.kid);
  });

  test('are made once when many requests come first', async () => {
    const core = makeCore();
    await Promise.all(Array.from({ length: 10 }, () => createSession(core)));
    const made = core.events.filter(({ event }) => event === 'SigningKeyMade');
    expect(made).toHaveLength(2);
    expect(await dynamicKids()).toHaveLength(1);
  });

  test('are made by a look at the JWKS, too', async () => {
    expect(kidsIn(await jwksOf(makeCore()))).toHaveLength(2);
  });
});

describe('the static key', () => {
  beforeEach(writeFirstKeys);

  test('signs what asks for it, and is never replaced', async () => {
    const core = makeCore();
    const { accessToken } = await createSession(core, { useDynamicSigningKey: false });
    const kid = kidOf(accessToken);
    expect(kid).toMatch(/^s-/);
    for (let round = 0; round < 3; round++) {
      core.clock.advance(INTERVAL);
      await core.core.rotateSigningKeyIfDue();
      const again = await createSession(core, { useDynamicSigningKey: false });
      expect(kidOf(again.accessToken)).toBe(kid);
      expect(kidsIn(await jwksOf(core))).toContain(kid);
    }
  });

  test('signs JWTs unless the dynamic one is asked for', async () => {
    const core = makeCore();
    const body = { payload: { a: 1 }, algorithm: 'RS256', jwksDomain: 'https://x', validity: 10 };
    const kidFor = async (more: object) =>
      kidOf(textIn((await core.ask('/recipe/jwt', { ...body, ...more })).json, 'jwt'));
    expect(await kidFor({})).toMatch(/^s-/);
    expect(await kidFor({ useStaticSigningKey: true })).toMatch(/^s-/);
    expect(await kidFor({ useStaticSigningKey: false })).toMatch(/^d-/);
  });
});
