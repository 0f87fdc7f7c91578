import {
  createOfficialCore,
  MIGRATION_MODES,
  type MigrationMode,
  type OfficialCore,
} from '../../../fixtures/official-core.ts';
import { SEED, type SeededUsers, seedOfficialUsers } from '../../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating } from '../installation.ts';
import { comparableTables, copyAll, emptyUsers, setMode } from '../official-records.ts';

/** What a request of the core does. */
type Request = (core: OfficialCore, ids: SeededUsers, database: PostgresDatabase) => Promise<unknown>;

const run = (text: string, ...values: unknown[]) =>
  (({ client }) => client.query(text, values)) satisfies (database: PostgresDatabase) => Promise<unknown>;

/** These change tables that depend on the migration mode. */
const OF_LOGINS: Readonly<Record<string, Request>> = {
  'changes a password': (core, { bcryptUser }) => core.setPassword(bcryptUser, `$2a$04$${'x'.repeat(53)}`),
  'changes an e-mail': (core, { argon2User }) => core.setEmail(argon2User, 'new@example.com'),
  'changes the e-mail of a linked login method': (core, { primary }) => core.setEmail(primary, 'new@example.com'),
  'gives one user the e-mail that another one gives up': async (core, { bcryptUser, argon2User }) => {
    await core.setEmail(bcryptUser, 'free@example.com');
    await core.setEmail(argon2User, 'bcrypt@example.com');
  },
  'swaps two e-mails': async (core, { bcryptUser, argon2User }) => {
    await core.setEmail(bcryptUser, 'free@example.com');
    await core.setEmail(argon2User, 'bcrypt@example.com');
    await core.setEmail(bcryptUser, 'argon2@example.com');
  },
  'makes a primary user': (core, { bcryptUser }) => core.makePrimary(bcryptUser),
  'links an older login method': (core, { firebaseUser, primary }) => core.link(firebaseUser, primary),
  'unlinks a login method': (core, { linkedGoogle }) => core.unlink(linkedGoogle),
  'links a login method to another primary user, and deletes the one it leaves': async (core, ids) => {
    await core.unlink(ids.survivor);
    await core.removeUser(ids.retiredPrimary);
    await core.makePrimary(ids.bcryptUser);
    await core.link(ids.survivor, ids.bcryptUser);
  },
  'deletes a user': (core, { bcryptUser }) => core.removeUser(bcryptUser),
  'deletes the first login method of a primary user, whose id lives on': (core, { primary }) => core.retire(primary),
  'deletes a linked login method': (core, { linkedGoogle }) => core.removeUser(linkedGoogle),
  'deletes all login methods of a primary user': async (core, { primary, linkedGoogle }) => {
    await core.removeUser(linkedGoogle);
    await core.removeUser(primary);
  },
  'deletes the last login method of a primary user whose first one was deleted': async (core, ids) => {
    await core.removeUser(ids.survivor);
    await core.removeUser(ids.retiredPrimary);
  },
};

/** These do not. */
const OF_DATA: Readonly<Record<string, Request>> = {
  'verifies an e-mail': (core, { argon2User }) => core.verify(argon2User, 'argon2@example.com'),
  'unverifies an e-mail': (_core, { bcryptUser }, database) =>
    run(
      'DELETE FROM emailverification_verified_emails WHERE user_id = $1 AND email LIKE $2',
      bcryptUser,
      'earlier%',
    )(database),
  'changes metadata': (core, { bcryptUser }) => core.setMetadata(bcryptUser, '{"b":2,"a":1e400}'),
  'empties metadata': (_core, { bcryptUser }, database) =>
    run('DELETE FROM user_metadata WHERE user_id = $1', bcryptUser)(database),
  'gives a role': (core, { argon2User }) => core.giveRole(argon2User, 'guest'),
  'takes a role': (_core, { bcryptUser }, database) =>
    run("DELETE FROM user_roles WHERE user_id = $1 AND role = 'admin'", bcryptUser)(database),
  'gives a role to an id that the core did not give': (core, { foreignId }) => core.giveRole(foreignId, 'guest'),
  'notes activity': (_core, { bcryptUser }, database) =>
    run('UPDATE user_last_active SET last_active_time = $2 WHERE user_id = $1', bcryptUser, SEED.joined + 1)(database),
  'mails a link': (core, { argon2User }) =>
    core.mailResetLink(argon2User, 'argon2@example.com', 'another token', SEED.expiry),
  'accepts a link': (_core, { bcryptUser }, database) =>
    run('DELETE FROM emailpassword_pswd_reset_tokens WHERE user_id = $1', bcryptUser)(database),
  'maps an id, and moves the data of the user': async (core, { bcryptUser }, database) => {
    await core.mapId(bcryptUser, 'customer-1');
    for (const table of ['emailverification_verified_emails', 'user_metadata', 'user_roles']) {
      await run(`UPDATE ${table} SET user_id = 'customer-1' WHERE user_id = $1`, bcryptUser)(database);
    }
  },
  'gives an external id to another user': async (core, { mapped, externalId, firebaseUser }, database) => {
    await run('DELETE FROM userid_mapping WHERE supertokens_user_id = $1', mapped)(database);
    await core.mapId(firebaseUser, externalId);
  },
  'deletes the data of an id that the core did not give': (core, { foreignId }) => core.removeUser(foreignId),
  'creates a role': (core) => core.createRole('editor', ['read', 'write']),
  'adds and removes permissions': async (core, _ids, database) => {
    await core.insert('role_permissions', { role: 'guest', permission: 'read' });
    await run("DELETE FROM role_permissions WHERE role = 'admin' AND permission = 'write'")(database);
  },
  'deletes a role': async (_core, _ids, database) => {
    await run("DELETE FROM user_roles WHERE app_id = 'public' AND role = 'guest' AND tenant_id = 'public'")(database);
    await run("DELETE FROM roles WHERE role = 'guest'")(database);
  },
};

describeMigrating('what a request of the official core changes', (servers) => {
  let here: PostgresDatabase;
  let there: PostgresDatabase;
  beforeAll(async () => {
    here = await servers().postgres.createDatabase();
    there = await servers().postgres.createDatabase();
  });
  beforeEach(() => Promise.all([emptyUsers(here), emptyUsers(there)]));

  async function expectSameRows(mode: MigrationMode, request: Request): Promise<void> {
    const ids = await seedOfficialUsers(here, mode);
    await setMode(there, mode);
    await copyAll(here, there);
    await request(createOfficialCore(here.client, mode), ids, here);
    expect(await copyAll(here, there)).toEqual([]);
    expect(await comparableTables(there, ids)).toEqual(await comparableTables(here, ids));
  }

  describe('has the same rows after a move if it', () => {
    test.each(Object.entries(OF_DATA))('%s', (_what, request) => expectSameRows('LEGACY', request));
  });
  describe.each(MIGRATION_MODES)('in the migration mode %s, has the same rows after a move if it', (mode) => {
    test.each(Object.entries(OF_LOGINS))('%s', (_what, request) => expectSameRows(mode, request));
  });
});
