import { DEFAULT_CORE_CONFIG, MAX_AUDIENCE_BYTES } from '../../../../lib/core/config.ts';
import { type InputFault, InputRejected } from '../../../../lib/core/errors.ts';
import { checkPayload } from '../../../../lib/core/session/operations/claim-limit.ts';
import type { Store } from '../../../../lib/core/store/store.ts';
import type { JsonObject } from '../../../../lib/core/types.ts';
import { createSession, IN_PROCESS, infoOf, refreshed, textIn, verify } from '../../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../../fixtures/core.ts';
import { createMemoryStore } from '../../../fixtures/memory-store.ts';

const LIMIT = 20;
const limited = { config: { ...DEFAULT_CORE_CONFIG, maxClaimsBytes: LIMIT } };
const unlimited = { config: DEFAULT_CORE_CONFIG };

/** Claims of exactly that many bytes of JSON. */
const claimsOf = (bytes: number, name = 'c'): JsonObject => ({ [name]: 'x'.repeat(bytes - `{"${name}":""}`.length) });

/** The fault for which claims are rejected; `undefined` if they are not. */
function faultOf(...args: Parameters<typeof checkPayload>): InputFault | undefined {
  try {
    checkPayload(...args);
  } catch (error) {
    if (error instanceof InputRejected) return error.fault;
    throw error;
  }
  return undefined;
}

describe('claims', () => {
  test('that the core writes itself are rejected', () => {
    expect(faultOf(unlimited, { rsub: 'x' }, '5')).toEqual({ kind: 'ProtectedClaim' });
    expect(faultOf(unlimited, { rsub: 'x' }, '4')).toBeUndefined();
  });

  test('are limited in bytes of JSON, not characters, where a limit is configured', () => {
    const [fitting, tooLarge] = [{ c: 'üxxxxxxxxxx' }, { c: 'üxxxxxxxxxxx' }];
    expect(faultOf(limited, fitting, '5')).toBeUndefined();
    expect(faultOf(limited, tooLarge, '5')).toEqual({ kind: 'ClaimsTooLarge', bytes: 21, limit: LIMIT });
    expect(faultOf(unlimited, claimsOf(10_000), '5')).toBeUndefined();
  });

  test('may have an audience in addition to what the limit allows', () => {
    const aud = 'x'.repeat(MAX_AUDIENCE_BYTES - 2);
    expect(faultOf(limited, { ...claimsOf(LIMIT), aud }, '5')).toBeUndefined();
    expect(faultOf(limited, { aud, ...claimsOf(LIMIT + 1) }, '5')).toMatchObject({ bytes: LIMIT + 1 });
  });

  test('do not hide more than an audience in `aud`', () => {
    expect(faultOf(limited, { aud: 'x'.repeat(10_000) }, '5')).toMatchObject({ kind: 'ClaimsTooLarge' });
  });

  test('that a session has already may stay as large as they are, and not grow', () => {
    const existing = claimsOf(LIMIT + 10);
    expect(faultOf(limited, claimsOf(LIMIT + 10, 'd'), '5', existing)).toBeUndefined();
    expect(faultOf(limited, claimsOf(LIMIT + 11), '5', existing)).toMatchObject({ bytes: LIMIT + 11 });
  });
});

describe('a session with claims over the limit, as an import brings it', () => {
  const LARGE = claimsOf(LIMIT + 10);
  const TOO_LARGE = claimsOf(LIMIT + 11);

  /** The session was created by a core without a limit. */
  async function importedSession(store: Store = createMemoryStore()) {
    const session = await createSession(makeTestCore(store, IN_PROCESS), { payload: LARGE });
    const core = makeTestCore(store, { ...IN_PROCESS, maxClaimsBytes: LIMIT });
    return { core, session, stored: async () => (await infoOf(core, session.handle)).userDataInJWT };
  }

  test('is refreshed and verified', async () => {
    const { core, session } = await importedSession();
    const { accessToken, payload } = await refreshed(core, session.refreshToken);
    expect(payload).toEqual(LARGE);
    expect(textIn(await verify(core, accessToken, { checkDatabase: true }), 'status')).toBe('OK');
  });

  test('gets an audience', async () => {
    const { core, session, stored } = await importedSession();
    const wanted = { ...LARGE, aud: 'https://api.example.com' };
    const body = { accessToken: session.accessToken, userDataInJWT: wanted };
    expect((await core.ask('/recipe/session/regenerate', body)).json.status).toBe('OK');
    expect(await stored()).toEqual(wanted);
  });

  test.each(['regenerate', 'update by its handle'])('may be given less, but not more: %s', async (way) => {
    const { core, session, stored } = await importedSession();
    const set = (userDataInJWT: JsonObject) =>
      way === 'regenerate'
        ? core.ask('/recipe/session/regenerate', { accessToken: session.accessToken, userDataInJWT })
        : core.ask('/recipe/jwt/data', { sessionHandle: session.handle, userDataInJWT }, { method: 'PUT' });
    expect(await set(TOO_LARGE)).toMatchObject({ status: 400 });
    expect(await stored()).toEqual(LARGE);
    expect((await set(claimsOf(LIMIT + 9))).json.status).toBe('OK');
    expect(await stored()).toEqual(claimsOf(LIMIT + 9));
  });
});

test('claims over the limit for a session that is not there are rejected', async () => {
  const core = makeTestCore(createMemoryStore(), { ...IN_PROCESS, maxClaimsBytes: LIMIT });
  const body = { sessionHandle: 'nowhere', userDataInJWT: claimsOf(LIMIT + 1) };
  expect(await core.ask('/recipe/jwt/data', body, { method: 'PUT' })).toMatchObject({ status: 400 });
});
