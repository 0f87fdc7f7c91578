import { createDynamoDbUserStores } from '../../../../lib/core/store/dynamodb/user-stores.ts';
import { bcrypt } from '../../../../lib/passwords/bcrypt.ts';
import { EXIT } from '../../../../lib/tools/command-line.ts';
import { createSession } from '../../../fixtures/cdi-session.ts';
import type { TestCore } from '../../../fixtures/core.ts';
import { createOfficialCore, type OfficialCore } from '../../../fixtures/official-core.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { makeUserCore } from '../../../fixtures/user-core.ts';
import { describeMigrating, fillWithKeys, makeStage, type Run, type Stage } from '../installation.ts';

// docs/migrating.md, "Users between step 5 and step 7"

const [OLD, NEW, OTHER] = ['validpass123', 'another pass 4', 'a third pass 5'];
const EXPIRY = 4_000_000_000_000;
/** As it is in the mail. */
const LINK = 'l'.repeat(128);

let database: PostgresDatabase;
let official: OfficialCore;
let stage: Stage;
let here: TestCore;

const conflictOf = (id: string) =>
  `Not moved: user ${id}: both sides have changed how the user logs in. Each side keeps its own`;
const hashOf = (password: string) => bcrypt(password, 4);
const importAll = (): Promise<Run> => stage.migrate('import', '--from', database.address);

async function signUpThere(email: string): Promise<string> {
  const passwordHash = await hashOf(OLD);
  return official.signUp({ recipe: 'emailpassword', email, passwordHash, timeJoined: stage.clock.now() });
}

async function signInHere(email: string, password: string): Promise<unknown> {
  return (await here.ask('/recipe/signin', { email, password })).json.status;
}

const useLinkHere = async (): Promise<unknown> =>
  (await here.ask('/recipe/user/password/reset/token/consume', { method: 'token', token: LINK })).json.status;
const setPasswordHere = (recipeUserId: string, password: string) =>
  here.ask('/recipe/user', { recipeUserId, password }, { method: 'PUT' });
const rolesHere = async (id: string) => (await here.ask(`/recipe/user/roles?userId=${id}`)).json.roles;
const takeFrom = (table: string, id: string) =>
  database.client.query(`DELETE FROM ${table} WHERE app_id = 'public' AND user_id = $1`, [id]);

describeMigrating('what a user does on the official core between two imports', (servers) => {
  beforeEach(async () => {
    database = await servers().postgres.createDatabase();
    await fillWithKeys(database);
    official = createOfficialCore(database.client);
    await official.createRole('editor');
    stage = await makeStage(servers().dynamoDb.endpoint, undefined, true);
    const userStores = createDynamoDbUserStores(stage.db, stage.names.coreUsers);
    here = makeUserCore({ store: stage.store, userStores }, { clock: stage.clock });
  });

  /** A user of both cores. */
  async function moved(email: string): Promise<string> {
    const id = await signUpThere(email);
    expect(await importAll()).toMatchObject({ code: EXIT.done });
    return id;
  }

  /** Another import, that has nothing to list. */
  async function importedAgain(): Promise<void> {
    expect(await importAll()).toMatchObject({ code: EXIT.done });
  }

  test('a sign-up: the user signs in after the second one', async () => {
    await moved('first@example.com');
    await signUpThere('new@example.com');
    expect(await signInHere('new@example.com', OLD)).toBe('WRONG_CREDENTIALS_ERROR');
    await importedAgain();
    expect(await signInHere('new@example.com', OLD)).toBe('OK');
  });

  test('a new password: it counts after the second one', async () => {
    const id = await moved('user@example.com');
    await official.setPassword(id, await hashOf(NEW));
    expect(await signInHere('user@example.com', NEW)).toBe('WRONG_CREDENTIALS_ERROR');
    await importedAgain();
    expect(await signInHere('user@example.com', OLD)).toBe('WRONG_CREDENTIALS_ERROR');
    expect(await signInHere('user@example.com', NEW)).toBe('OK');
  });

  test('a new password, and then a sign-in here with the old one, which stores a stronger hash: the user is listed', async () => {
    const id = await moved('user@example.com');
    await official.setPassword(id, await hashOf(NEW));
    expect(await signInHere('user@example.com', OLD)).toBe('OK');
    expect(await importAll()).toMatchObject({ code: EXIT.incomplete, output: expect.stringContaining(conflictOf(id)) });
    expect(await signInHere('user@example.com', OLD)).toBe('OK');
  });

  test('a link in a mail: it works after the second one', async () => {
    const id = await moved('user@example.com');
    await official.mailResetLink(id, 'user@example.com', LINK, EXPIRY);
    expect(await useLinkHere()).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
    await importedAgain();
    expect(await useLinkHere()).toBe('OK');
  });

  test('the use of a link in a mail: it does not work after the second one', async () => {
    const id = await signUpThere('user@example.com');
    await official.mailResetLink(id, 'user@example.com', LINK, EXPIRY);
    await importAll();
    await takeFrom('emailpassword_pswd_reset_tokens', id);
    await importedAgain();
    expect(await useLinkHere()).toBe('RESET_PASSWORD_INVALID_TOKEN_ERROR');
  });

  test('a verified e-mail, a role that comes and one that goes', async () => {
    const id = await moved('user@example.com');
    await official.verify(id, 'user@example.com');
    await official.giveRole(id, 'editor');
    await importedAgain();
    const { json } = await here.ask(`/recipe/user/email/verify?userId=${id}&email=user@example.com`);
    expect(json).toMatchObject({ isVerified: true });
    expect(await rolesHere(id)).toEqual(['editor']);
    await takeFrom('user_roles', id);
    await importedAgain();
    expect(await rolesHere(id)).toEqual([]);
  });

  test('a deletion: the user, and the sessions here, end with the second one', async () => {
    await moved('first@example.com');
    const id = await moved('user@example.com');
    const { handle } = await createSession(here, { userId: id });
    await takeFrom('emailpassword_users', id);
    await takeFrom('all_auth_recipe_users', id);
    await takeFrom('app_id_to_user_id', id);
    await importedAgain();
    expect(await signInHere('user@example.com', OLD)).toBe('WRONG_CREDENTIALS_ERROR');
    expect(await signInHere('first@example.com', OLD)).toBe('OK');
    expect((await here.ask(`/user/id?userId=${id}`)).json).toMatchObject({ status: 'UNKNOWN_USER_ID_ERROR' });
    expect(await stage.store.sessions.get(handle)).toBeUndefined();
  });

  test('a new password there and another one here: the user is listed, and each core keeps its own', async () => {
    const id = await moved('user@example.com');
    await official.setPassword(id, await hashOf(NEW));
    await setPasswordHere(id, OTHER);
    const { code, output } = await importAll();
    expect(code).toBe(EXIT.incomplete);
    const listed = output.split('\n').filter((line) => line.startsWith('Not moved: '));
    expect(listed).toEqual([conflictOf(id)]);
    expect(await signInHere('user@example.com', OTHER)).toBe('OK');
    expect(await signInHere('user@example.com', NEW)).toBe('WRONG_CREDENTIALS_ERROR');
  });

  test('a sign-up there and another one here with the same e-mail: the user from there is listed', async () => {
    await moved('first@example.com');
    const there = await signUpThere('user@example.com');
    await here.ask('/recipe/signup', { email: 'user@example.com', password: OTHER });
    const { code, output } = await importAll();
    expect(code).toBe(EXIT.incomplete);
    expect(output).toMatch(new RegExp(`^Not moved: user ${there}: .*user@example\\.com`, 'm'));
    expect(await signInHere('user@example.com', OTHER)).toBe('OK');
  });
});
