import { StoreUnavailable } from '../../../lib/core/errors.ts';
import type { SessionHandle } from '../../../lib/core/types.ts';
import { LOCAL_REGION } from '../../../lib/dev/dynamodb.ts';
import { revokeEverything } from '../../../lib/tools/operator/revoke-everything.ts';
import { makeTestCore, startTestDatabase, type TestDatabase } from '../../fixtures/core.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

test('a store that is unavailable for a while is asked again, and every session is counted once', async () => {
  const core = makeTestCore(database.store);
  const session = { userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false, useDynamicSigningKey: true };
  for (const userId of ['ann', 'ben', 'ann']) await core.ask('/recipe/session', { userId, ...session });
  const { sessions } = core.core;
  let failures = 2;
  const unreliable = {
    ...sessions,
    async revoke(handles: readonly SessionHandle[]) {
      // The first session is ended, and then the store is away.
      if (failures-- > 0) {
        await sessions.revoke(handles.slice(0, 1));
        throw new StoreUnavailable('revoke a session', new Error('throttled'));
      }
      return sessions.revoke(handles);
    },
  };
  const progress: number[] = [];
  const db = { endpoint: database.endpoint, region: LOCAL_REGION };
  expect(await revokeEverything(unreliable, db, database.tables.sessions, (count) => progress.push(count))).toBe(3);
  expect(progress).toEqual([3]);
  expect(await sessions.list('ann' as never)).toEqual([]);
});
