import { createSession, IN_PROCESS, infoOf } from '../fixtures/cdi-session.ts';
import { connectTestDatabase, makeTestCore, type TestCore } from '../fixtures/core.ts';
import { someUser } from '../fixtures/session-row.ts';
import type { Endpoint } from './targets.ts';

const LARGE = { text: 'x'.repeat(400 * 1024) };
const REFUSAL = { status: 400, text: 'The session data does not fit into one DynamoDB item (400 KB)\n' };

/** What the core answers to a session that does not fit into one item. */
export function describeSizeLimit(endpoint: Endpoint): void {
  let core: TestCore;

  beforeAll(async () => {
    core = makeTestCore((await connectTestDatabase(await endpoint())).store, IN_PROCESS);
  });

  test.each(['userDataInJWT', 'userDataInDatabase'])('creating it with too much %s is rejected', async (field) => {
    const body = { userId: someUser(), userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false };
    expect(await core.ask('/recipe/session', { ...body, [field]: LARGE })).toMatchObject(REFUSAL);
    const listed = await core.ask(`/recipe/session/user?userId=${body.userId}`);
    expect(listed.json.sessionHandles).toEqual([]);
  });

  test.each<[string, 'PUT' | 'POST', string, string]>([
    ['claims', 'PUT', '/recipe/jwt/data', 'userDataInJWT'],
    ['data', 'PUT', '/recipe/session/data', 'userDataInDatabase'],
    ['claims with the next access token', 'POST', '/recipe/session/regenerate', 'userDataInJWT'],
  ])('giving it too many %s is refused, and changes nothing', async (_what, method, path, field) => {
    const { handle, accessToken } = await createSession(core, { payload: { a: 1 }, data: { b: 2 } });
    const body = { sessionHandle: handle, accessToken, [field]: LARGE };
    expect(await core.ask(path, body, { method })).toMatchObject(REFUSAL);
    expect(await infoOf(core, handle)).toMatchObject({ userDataInJWT: { a: 1 }, userDataInDatabase: { b: 2 } });
  });
}
