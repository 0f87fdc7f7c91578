import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { type CoreConfig, DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { Store } from '../../../lib/core/store/store.ts';
import { createSession, IN_PROCESS, kidOf, refreshed, textIn, verify } from '../../fixtures/cdi-session.ts';
import { makeTestCore, type TestCore } from '../../fixtures/core.ts';
import { createMemoryStore } from '../../fixtures/memory-store.ts';

const JWT = { payload: {}, algorithm: 'RS256', jwksDomain: 'https://a.example', validity: 60 };

let store: Store;
beforeEach(() => {
  store = createMemoryStore();
});

const makeCore = (config: Partial<CoreConfig> = {}, of: Store = store): TestCore =>
  makeTestCore(of, { ...IN_PROCESS, ...config });

const jwksOf = async (core: TestCore) => (await core.ask('/.well-known/jwks.json')).json as unknown as JSONWebKeySet;
const staticKidsIn = async (core: TestCore) =>
  (await jwksOf(core)).keys.map(({ kid = '' }) => kid).filter((kid) => kid.startsWith('s-'));
const createJwt = async (core: TestCore): Promise<string> => textIn((await core.ask('/recipe/jwt', JWT)).json, 'jwt');
const made = ({ events }: TestCore) => events.filter(({ event }) => event === 'SigningKeyMade');

describe('in process, the static key', () => {
  test('is neither made nor published as long as nothing asks for it', async () => {
    const core = makeCore();
    const { accessToken, refreshToken } = await createSession(core);
    await refreshed(core, refreshToken);
    await verify(core, accessToken, { checkDatabase: true });
    await core.core.rotateSigningKeyIfDue();
    expect(await staticKidsIn(core)).toEqual([]);
    expect((await store.keyring.read())?.staticKey).toBeUndefined();
  });

  test.each([
    [
      'a session that is to be signed with it',
      async (core: TestCore) => (await createSession(core, { useDynamicSigningKey: false })).accessToken,
    ],
    ['a JWT', createJwt],
    [
      'a refresh that asks for it',
      async (core: TestCore) => {
        const { refreshToken } = await createSession(core);
        return (await refreshed(core, refreshToken, { useDynamicSigningKey: false })).accessToken;
      },
    ],
  ])('is made and published before the first token of %s', async (_what, issue) => {
    const core = makeCore();
    const token = await issue(core);
    expect(await staticKidsIn(core)).toEqual([kidOf(token)]);
    const options = { currentDate: new Date(core.clock.time) };
    await expect(jwtVerify(token, createLocalJWKSet(await jwksOf(core)), options)).resolves.toBeDefined();
  });

  test('is seen at once by a process that has read the keys before', async () => {
    const [core, other] = [makeCore(), makeCore()];
    await createSession(other);
    other.clock.advance(5000);
    const { accessToken } = await createSession(core, { useDynamicSigningKey: false });
    expect(await verify(other, accessToken)).toMatchObject({ status: 'OK' });
  });

  test('is the same for all processes that ask for it at once', async () => {
    const cores = [makeCore(), makeCore(), makeCore()];
    await Promise.all(cores.map((core) => core.core.readKeys()));
    const kids = await Promise.all(cores.map(async (core) => kidOf(await createJwt(core))));
    expect(new Set(kids).size).toBe(1);
    expect(cores.flatMap(made).map((event) => ('kid' in event ? event.kid : ''))).toContain(kids[0]);
    expect((await store.keyring.read())?.staticKey?.kid).toBe(kids[0]);
  });

  test('is kept when dynamic keys are replaced by schedule', async () => {
    const core = makeCore();
    const kid = kidOf(await createJwt(core));
    core.clock.advance(DEFAULT_CORE_CONFIG.signingKeyInterval);
    await core.core.rotateSigningKeyIfDue();
    expect((await store.keyring.read())?.dynamicKeys).toHaveLength(2);
    expect(await staticKidsIn(core)).toEqual([kid]);
    expect(kidOf(await createJwt(core))).toBe(kid);
  });

  test('is gone when all keys are replaced, until something asks for one', async () => {
    const core = makeCore();
    const kid = kidOf(await createJwt(core));
    await core.core.replaceKeys({ refreshSecrets: false });
    const restarted = makeCore();
    expect(await staticKidsIn(restarted)).toEqual([]);
    const next = kidOf(await createJwt(restarted));
    expect(next).not.toBe(kid);
    expect(await staticKidsIn(restarted)).toEqual([next]);
  });

  test('is published by the next process if the one that made it ended before publishing it', async () => {
    await makeCore().core.readKeys();
    const dying: Store = {
      ...store,
      publishedKeys: { ...store.publishedKeys, write: () => Promise.reject(new Error('The process ends here')) },
    };
    expect((await makeCore({}, dying).ask('/recipe/jwt', JWT)).status).toBe(500);
    const kid = (await store.keyring.read())?.staticKey?.kid;
    const next = makeCore();
    expect(await staticKidsIn(next)).toEqual([]);
    expect(kidOf(await createJwt(next))).toBe(kid);
    expect(await staticKidsIn(next)).toEqual([kid]);
  });

  test('is made once if the acknowledgement of its write is lost', async () => {
    await makeCore().core.readKeys();
    let writes = 0;
    const deaf: Store = {
      ...store,
      keyring: {
        ...store.keyring,
        async write(...args) {
          writes++;
          return (await store.keyring.write(...args)) && writes > 1;
        },
      },
    };
    const kid = kidOf(await createJwt(makeCore({}, deaf)));
    expect([writes, (await store.keyring.read())?.staticKey?.kid]).toEqual([1, kid]);
  });
});

describe('over HTTP, the static key', () => {
  test('is there from the start, as with the official core', async () => {
    expect(await staticKidsIn(makeCore({ staticKey: 'from-start' }))).toHaveLength(1);
  });

  test('is added to keys that have none', async () => {
    await createSession(makeCore());
    const core = makeCore({ staticKey: 'from-start' });
    await createSession(core);
    expect(await staticKidsIn(core)).toHaveLength(1);
  });
});
