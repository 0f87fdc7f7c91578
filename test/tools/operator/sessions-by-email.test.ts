import { createTables, LOCAL_REGION } from '../../../lib/dev/dynamodb.ts';
import { serviceName } from '../../../lib/dev/service.ts';
import { type TableNames, tableNames } from '../../../lib/dev/tables.ts';
import { createDynamoDb, type DynamoDb } from '../../../lib/dynamodb/client.ts';
import { sessionsCommand } from '../../../lib/tools/operator/sessions-command.ts';
import { ManualClock, startTestDatabase, storesOn, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { typed } from '../../fixtures/typed-terminal.ts';
import { idIn, makeUserCore } from '../../fixtures/user-core.ts';

let server: TestDatabase;
let names: TableNames;
let db: DynamoDb;
let core: TestCore;
let stage = 0;

beforeAll(async () => {
  server = await startTestDatabase();
  db = createDynamoDb({ endpoint: server.endpoint, region: LOCAL_REGION });
});
afterAll(() => server.stop());
beforeEach(async () => {
  names = tableNames(await serviceName(), `s${++stage}`);
  await createTables(server.endpoint, names);
  core = makeUserCore(storesOn(db, names), { clock: new ManualClock(Date.now()) });
});

const run = (...args: string[]) =>
  typed(sessionsCommand({}), [...args, '--stage', `s${stage}`, '--endpoint', server.endpoint]);

/** Signs up as SuperTokens' EmailPassword recipe does. */
const signUp = async (email: string): Promise<string> =>
  idIn(await core.ask('/recipe/signup', { email, password: 'correct horse 1' }));

async function logIn(userId: string): Promise<string> {
  const { json } = await core.ask('/recipe/session', {
    userId,
    userDataInJWT: {},
    userDataInDatabase: {},
    enableAntiCsrf: false,
    useDynamicSigningKey: true,
  });
  return String((json.session as { handle: string }).handle);
}

test("finds a user of SuperTokens' own log-in by the e-mail", async () => {
  const id = await signUp('bea@example.com');
  const handle = await logIn(id);
  const { output } = await run('list', '--email', ' Bea@Example.com', '--json');
  expect(JSON.parse(output)).toMatchObject({ userId: id, sessions: [{ sessionHandle: handle }] });
  expect((await run('revoke-all', '--email', 'bea@example.com')).output).toContain(`Revoked: 1 of ${id}`);
});

test('finds a user by the external id, under which the sessions are', async () => {
  const superTokensUserId = await signUp('bea@example.com');
  await core.ask('/recipe/userid/map', { superTokensUserId, externalUserId: 'ext-1' });
  const handle = await logIn('ext-1');
  expect((await run('list', '--email', 'bea@example.com')).output).toContain(handle);
});

test('reports an e-mail that no user has', async () => {
  const { code, output, errors } = await run('list', '--email', 'bob@example.com');
  expect({ code, output }).toEqual({ code: 3, output: '' });
  expect(errors).toContain('has the e-mail bob@example.com.');
});
