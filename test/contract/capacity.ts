import type { JsonObject, SessionHandle } from '../../lib/core/types.ts';
import type { Item } from '../../lib/dynamodb/client.ts';
import { createSession, IN_PROCESS, OVER_HTTP, refresh, refreshed, verify } from '../fixtures/cdi-session.ts';
import { connectTestDatabase, makeTestCore, type TestCore } from '../fixtures/core.ts';
import { DAY, someUser } from '../fixtures/session-row.ts';
import type { Database, Endpoint } from './targets.ts';

/** The capacity that a CDI operation consumed. Strongly consistent reads cost a unit per 4 KB, writes one per KB. */
interface Consumption {
  readonly reads: number;
  readonly writes: number;
}

const READS = ['GetItem', 'Query', 'BatchGetItem'];
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];

/** What a usual session carries: some 100 bytes of claims, some 100 bytes of data. */
const SMALL = {
  payload: { email: 'jane.doe@example.com', 'st-role': { v: ['admin', 'editor'], t: 1795435200000 } },
  data: { device: 'Firefox 145 on Ubuntu 26.04', address: '2001:db8:85a3::8a2e:370:7334', label: 'work laptop' },
};
const VALIDITY = 100 * DAY;

/** What each operation costs, asked through the core's own door, with its keys already cached. */
export function describeCapacity(endpoint: Endpoint): void {
  let database: Database;
  let core: TestCore;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
  });
  beforeEach(async () => {
    core = makeTestCore(database.store, IN_PROCESS);
    await cacheKeys(core);
  });

  /** Neither a key that is read again nor one that is made belongs to what is measured. */
  const cacheKeys = async ({ core, ask }: TestCore): Promise<void> => {
    await core.rotateSigningKeyIfDue();
    await ask('/.well-known/jwks.json');
  };

  const measure = async <T>(action: () => Promise<T>): Promise<{ cost: Consumption; result: T }> => {
    database.consumed.length = 0;
    const result = await action();
    const sum = (operations: readonly string[]) =>
      database.consumed
        .filter(({ operation }) => operations.includes(operation))
        .reduce((total, { units }) => total + units, 0);
    return { cost: { reads: sum(READS), writes: sum(WRITES) }, result };
  };

  const askOk = async (path: string, body?: JsonObject, method?: 'PUT'): Promise<JsonObject> => {
    const { json } = await core.ask(path, body, { ...(method && { method }) });
    if (json.status !== 'OK') throw new Error(`${path}: ${JSON.stringify(json)}`);
    return json;
  };

  test('creating a session costs 2 writes', async () => {
    const { cost } = await measure(() => createSession(core, { userId: someUser(), ...SMALL }));
    expect(cost).toEqual({ reads: 0, writes: 2 });
  });

  describe('refreshing costs 1 read and 1 write', () => {
    test('in process', async () => {
      const { refreshToken } = await createSession(core, { userId: someUser(), ...SMALL });
      const { cost } = await measure(() => refreshed(core, refreshToken));
      expect(cost).toEqual({ reads: 1, writes: 1 });
    });

    test('over HTTP, by the rules of CDI 5.6', async () => {
      const overHttp = makeTestCore(database.store, OVER_HTTP, core.clock);
      await cacheKeys(overHttp);
      const { refreshToken } = await createSession(overHttp, { userId: someUser(), ...SMALL });
      const { cost } = await measure(() => refreshed(overHttp, refreshToken, { version: '5.6' }));
      expect(cost).toEqual({ reads: 1, writes: 1 });
    });

    test('and a second one within the grace window 1 read', async () => {
      const { refreshToken } = await createSession(core, { userId: someUser(), ...SMALL });
      await refreshed(core, refreshToken);
      const { cost } = await measure(() => refreshed(core, refreshToken));
      expect(cost).toEqual({ reads: 1, writes: 0 });
    });

    /** What so many refreshes cost in all, with a pause before each. */
    const costOf = async (times: number, pause: number): Promise<Consumption> => {
      let { refreshToken } = await createSession(core, { userId: someUser(), ...SMALL });
      let total: Consumption = { reads: 0, writes: 0 };
      for (let turn = 0; turn < times; turn++) {
        core.clock.advance(pause);
        await cacheKeys(core);
        const { cost, result } = await measure(() => refreshed(core, refreshToken));
        total = { reads: total.reads + cost.reads, writes: total.writes + cost.writes };
        refreshToken = result.refreshToken;
      }
      return total;
    };

    test('20 times in a row, an hour apart: no more', async () => {
      expect(await costOf(20, DAY / 24)).toEqual({ reads: 20, writes: 20 });
    });

    test('20 times spread over the validity: at most one write more in each tenth of it', async () => {
      const { reads, writes } = await costOf(20, VALIDITY / 20);
      expect(reads).toBe(20);
      expect(writes).toBeLessThanOrEqual(20 + 10);
    });

    test('100 times spread over the validity: at most 1.1 writes each, extending the index item included', async () => {
      const { reads, writes } = await costOf(100, VALIDITY / 100);
      expect(reads).toBe(100);
      expect(writes).toBeLessThanOrEqual(110);
    });
  });

  test('verifying costs nothing', async () => {
    const { accessToken } = await createSession(core, { userId: someUser(), ...SMALL });
    const { cost, result } = await measure(() => verify(core, accessToken));
    expect(result.status).toBe('OK');
    expect(cost).toEqual({ reads: 0, writes: 0 });
  });

  test('verifying after a refresh costs nothing either', async () => {
    const { refreshToken } = await createSession(core, { userId: someUser(), ...SMALL });
    const { accessToken } = await refreshed(core, refreshToken);
    const { cost, result } = await measure(() => verify(core, accessToken));
    expect(result.status).toBe('OK');
    expect(cost).toEqual({ reads: 0, writes: 0 });
  });

  test('verifying with a look at the database costs 1 read', async () => {
    const { accessToken } = await createSession(core, { userId: someUser(), ...SMALL });
    const { cost, result } = await measure(() => verify(core, accessToken, { checkDatabase: true }));
    expect(result.status).toBe('OK');
    expect(cost).toEqual({ reads: 1, writes: 0 });
  });

  test('revoking a session costs 2 writes', async () => {
    const { handle } = await createSession(core, { userId: someUser(), ...SMALL });
    const { cost, result } = await measure(() => askOk('/recipe/session/remove', { sessionHandles: [handle] }));
    expect(result.sessionHandlesRevoked).toEqual([handle]);
    expect(cost).toEqual({ reads: 0, writes: 2 });
  });

  test('revoking a session that is gone costs 1 write', async () => {
    const handle = 'no-such-session' as SessionHandle;
    const { cost } = await measure(() => askOk('/recipe/session/remove', { sessionHandles: [handle] }));
    expect(cost).toEqual({ reads: 0, writes: 1 });
  });

  test.each([1, 10, 100])("listing a user's %i sessions costs at most 1 read, and 1 for each", async (count) => {
    const userId = someUser();
    const creations = Array.from({ length: count }, () => createSession(core, { userId, ...SMALL }));
    const handles = (await Promise.all(creations)).map(({ handle }) => handle);
    const { cost, result } = await measure(() => askOk(`/recipe/session/user?userId=${userId}`));
    expect([...(result.sessionHandles as string[])].sort()).toEqual([...handles].sort());
    expect(cost.reads).toBeLessThanOrEqual(1 + count);
    expect(cost.writes).toBe(0);
  });

  test("revoking all of a user's sessions costs 1 read, and 2 writes for each", async () => {
    const userId = someUser();
    for (let count = 0; count < 10; count++) await createSession(core, { userId, ...SMALL });
    const { cost } = await measure(() => askOk('/recipe/session/remove', { userId }));
    expect(cost).toEqual({ reads: 1, writes: 20 });
  });

  test.each([
    ['information', '/recipe/session'],
    ['data', '/recipe/session/data'],
    ['claims', '/recipe/jwt/data'],
  ])("reading a session's %s costs 1 read", async (_what, path) => {
    const { handle } = await createSession(core, { userId: someUser(), ...SMALL });
    const { cost } = await measure(() => askOk(`${path}?sessionHandle=${handle}`));
    expect(cost).toEqual({ reads: 1, writes: 0 });
  });

  test.each([
    ['data', '/recipe/session/data', 'userDataInDatabase'],
    ['claims', '/recipe/jwt/data', 'userDataInJWT'],
  ])("changing a session's %s costs 1 write", async (_what, path, field) => {
    const { handle } = await createSession(core, { userId: someUser(), ...SMALL });
    const body = { sessionHandle: handle, [field]: { changed: true } };
    const { cost } = await measure(() => askOk(path, body, 'PUT'));
    expect(cost).toEqual({ reads: 0, writes: 1 });
  });

  test('a new access token with other claims costs 1 write', async () => {
    const { accessToken } = await createSession(core, { userId: someUser(), ...SMALL });
    const body = { accessToken, userDataInJWT: { changed: true } };
    const { cost } = await measure(() => askOk('/recipe/session/regenerate', body));
    expect(cost).toEqual({ reads: 0, writes: 1 });
  });

  test.each(['/.well-known/jwks.json', '/recipe/jwt/jwks'])('%s reads one item, and then none', async (path) => {
    const fresh = makeTestCore(database.store, IN_PROCESS, core.clock);
    const first = await measure(() => fresh.ask(path));
    expect(first.result.json.keys).not.toEqual([]);
    expect(database.consumed).toEqual([{ operation: 'GetItem', units: 1 }]);
    await measure(() => fresh.ask(path));
    expect(database.consumed).toEqual([]);
  });

  test('the item of a session stays under 1 KB, also with four retired tokens', async () => {
    const { handle, refreshToken } = await createSession(core, { userId: someUser(), ...SMALL, enableAntiCsrf: true });
    let token = refreshToken;
    for (let turn = 0; turn < 4; turn++) {
      core.clock.advance(1000);
      ({ refreshToken: token } = await refreshed(core, token));
    }
    const row = await database.store.sessions.get(handle);
    expect(row?.retired).toHaveLength(4);
    const item = await database.db.get(database.tables.sessions, { pk: `session#${handle}`, sk: 'session' });
    expect(itemSize(item ?? {})).toBeLessThan(1024);
    const { cost } = await measure(() => refresh(core, token));
    expect(cost.writes).toBe(1);
  });
}

/** The size that DynamoDB bills: names and texts in UTF-8, a number's digits two to a byte and one more. */
function itemSize(item: Item): number {
  const sizeOf = (value: string | number | boolean): number => {
    if (typeof value === 'string') return Buffer.byteLength(value);
    return typeof value === 'number' ? Math.ceil(String(value).length / 2) + 1 : 1;
  };
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);
}
