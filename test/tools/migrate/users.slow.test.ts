import { randomUUID } from 'node:crypto';
import { recipeUserOf, type SessionRow } from '../../../lib/core/session/rules/row.ts';
import type { SessionHandle, UserId } from '../../../lib/core/types.ts';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { IN_PROCESS, refreshed, setPayload } from '../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../fixtures/core.ts';
import { officialSession, officialSessionRows } from '../../fixtures/official-rows.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import {
  describeMigrating,
  empty,
  fillWithKeys,
  fillWithRecording,
  insert,
  makeStage,
  rowOf,
  type Stage,
  someOfficialRow,
} from './installation.ts';

let database: PostgresDatabase;
let stage: Stage;

const importAll = (...options: string[]) => stage.migrate('import', '--from', database.address, ...options);
const exportAll = (...options: string[]) => stage.migrate('export', '--to', database.address, ...options);

/** A user that the official core has, with an id as the core makes them. */
async function makeUser(primary?: string): Promise<string> {
  const user_id = randomUUID();
  const user = { user_id, recipe_id: 'emailpassword', primary_or_recipe_user_id: primary ?? user_id };
  await database.client.query(
    'INSERT INTO app_id_to_user_id (user_id, recipe_id, primary_or_recipe_user_id) VALUES ($1, $2, $3)',
    Object.values(user),
  );
  return user_id;
}

const link = (user: string, primary: string) =>
  database.client.query('UPDATE app_id_to_user_id SET primary_or_recipe_user_id = $2 WHERE user_id = $1', [
    user,
    primary,
  ]);

const map = (user: string, external: string) =>
  database.client.query('INSERT INTO userid_mapping (supertokens_user_id, external_user_id) VALUES ($1, $2)', [
    user,
    external,
  ]);

/** A session as the official core keeps it after a log-in of this user. */
async function logIn(user_id: string): Promise<SessionHandle> {
  const row = someOfficialRow({ user_id });
  await insert(database, 'session_info', [row]);
  return row.session_handle as SessionHandle;
}

/** The two ids that the tokens of a session name: the user, and the login method. */
async function idsOf(handle: SessionHandle): Promise<{ readonly sub: UserId; readonly rsub: UserId } | undefined> {
  const row = await stage.store.sessions.get(handle);
  return row && { sub: row.userId, rsub: recipeUserOf(row) };
}

const userOf = async (handle: SessionHandle) => (await idsOf(handle))?.sub;

describeMigrating('the user of a session that is moved', (servers) => {
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
  });
  beforeEach(async () => {
    await empty(database);
    await database.client.query('DELETE FROM userid_mapping; DELETE FROM app_id_to_user_id');
    stage = await makeStage(servers().dynamoDb.endpoint);
  });

  describe('is the one that the official core would name at the next refresh:', () => {
    beforeEach(() => fillWithKeys(database));

    type Case = () => Promise<{ readonly atLogIn: string; readonly expected: string; readonly method?: string }>;
    /** `method`: the login method, if the tokens name another one than the user. */
    const cases: readonly [what: string, make: Case][] = [
      ['a user that the core does not know', async () => ({ atLogIn: 'own-id', expected: 'own-id' })],
      [
        'a user without a mapping',
        async () => {
          const user = await makeUser();
          return { atLogIn: user, expected: user };
        },
      ],
      [
        'a user who got an external id after the log-in',
        async () => {
          const user = await makeUser();
          await map(user, 'external-1');
          return { atLogIn: user, expected: 'external-1' };
        },
      ],
      [
        'a user who had an external id at log-in',
        async () => {
          await map(await makeUser(), 'external-2');
          return { atLogIn: 'external-2', expected: 'external-2' };
        },
      ],
      [
        'a linked account',
        async () => {
          const primary = await makeUser();
          const method = await makeUser(primary);
          return { atLogIn: method, expected: primary, method };
        },
      ],
      [
        'a linked account whose primary user has an external id',
        async () => {
          const primary = await makeUser();
          await map(primary, 'external-3');
          const method = await makeUser(primary);
          return { atLogIn: method, expected: 'external-3', method };
        },
      ],
      [
        'a linked account that had an external id of its own at log-in',
        async () => {
          const primary = await makeUser();
          await map(await makeUser(primary), 'external-4');
          return { atLogIn: 'external-4', expected: primary, method: 'external-4' };
        },
      ],
      [
        'a linked account that got an external id of its own after the log-in',
        async () => {
          const primary = await makeUser();
          const user = await makeUser(primary);
          await map(user, 'external-5');
          return { atLogIn: user, expected: primary, method: 'external-5' };
        },
      ],
      [
        "the primary user's own login method, with an external id",
        async () => {
          const primary = await makeUser();
          await makeUser(primary);
          await map(primary, 'external-6');
          return { atLogIn: primary, expected: 'external-6' };
        },
      ],
    ];

    test.each(cases)('%s', async (_what, make) => {
      const { atLogIn, expected, method = expected } = await make();
      const handle = await logIn(atLogIn);
      expect(await importAll('--verify')).toMatchObject({ code: EXIT.done });
      expect(await idsOf(handle)).toEqual({ sub: expected, rsub: method });
      const { sessions } = stage.store;
      expect(await sessions.list(expected as UserId, stage.clock.now(), method as UserId)).toEqual([handle]);
      const row = await rowOf(database, handle);
      expect((await importAll()).output).toContain('The same already 1');
      expect((await exportAll()).output).toContain('The same already 1');
      expect(await rowOf(database, handle)).toEqual(row);
    });

    test('a mapping of another app counts for nothing', async () => {
      await database.client.query("INSERT INTO apps VALUES ('other', 0) ON CONFLICT DO NOTHING");
      const user = await makeUser();
      await database.client.query(
        "INSERT INTO app_id_to_user_id VALUES ('other', $1, 'emailpassword', $1); ".replaceAll('$1', `'${user}'`) +
          `INSERT INTO userid_mapping VALUES ('other', '${user}', 'external-other')`,
      );
      const handle = await logIn(user);
      await importAll();
      expect(await userOf(handle)).toBe(user);
    });
  });

  test('of a linked account is complete after an import of an earlier version, which did not move the login method', async () => {
    await fillWithKeys(database);
    const primary = await makeUser();
    const method = await makeUser();
    const handle = await logIn(method);
    await database.client.query('UPDATE session_info SET user_id = $1', [primary]);
    await importAll();
    await database.client.query('UPDATE session_info SET user_id = $1', [method]);
    await link(method, primary);
    expect(await importAll('--verify')).toMatchObject({ code: EXIT.done });
    expect(await idsOf(handle)).toEqual({ sub: primary, rsub: method });
    const { sessions } = stage.store;
    expect(await sessions.list(primary as UserId, stage.clock.now(), method as UserId)).toEqual([handle]);
    expect((await importAll()).output).toContain('The same already 1');
  });

  test('of a linked account that logs in here gets a row with the login method, as the official core writes it', async () => {
    await fillWithKeys(database);
    const primary = (await makeUser()) as UserId;
    const method = (await makeUser(primary)) as UserId;
    await importAll();
    const [row] = officialSessionRows();
    const handle = randomUUID() as SessionHandle;
    await stage.store.sessions.create({ ...(row as SessionRow), handle, userId: primary, recipeUserId: method });
    expect(await exportAll('--verify')).toMatchObject({ code: EXIT.done });
    expect(await rowOf(database, handle)).toMatchObject({ user_id: method });
  });

  test('keeps its row on the way back, with the id that the row had', async () => {
    await fillWithKeys(database);
    const primary = await makeUser();
    const recipeUser = await makeUser(primary);
    const handle = await logIn(recipeUser);
    await importAll();
    const core = makeTestCore(stage.store, IN_PROCESS, stage.clock);
    await setPayload(core, handle, { role: 'admin' });
    expect(await exportAll('--verify')).toMatchObject({ code: EXIT.done });
    expect(await rowOf(database, handle)).toMatchObject({
      user_id: recipeUser,
      jwt_user_payload: '{"role":"admin"}',
    });
  });

  test('whose account was linked after the move is listed in both directions, and nothing is written', async () => {
    await fillWithRecording(database);
    const [tokens] = officialSession('fresh, CDI 5.4').tokens;
    const [user, handle] = ['user-fresh', (tokens?.handle ?? '') as SessionHandle];
    await importAll();
    const primary = await makeUser();
    const own = await makeUser();
    await map(own, user);
    await link(own, primary);
    await refreshed(makeTestCore(stage.store, IN_PROCESS, stage.clock), tokens?.refreshToken ?? '');
    const row = await rowOf(database, handle);
    const imported = await importAll('--since', 'last');
    expect(imported.output).toContain(
      `Not moved: ${handle}: its user is ${primary} in the source and ${user} in the target`,
    );
    const exported = await exportAll();
    expect(exported.output).toContain(
      `Not moved: ${handle}: its user is ${user} in the source and ${primary} in the target`,
    );
    for (const { code } of [imported, exported]) expect(code).toBe(EXIT.incomplete);
    expect(await userOf(handle)).toBe(user);
    expect(await rowOf(database, handle)).toEqual(row);
    const compared = await importAll('--dry-run', '--verify');
    expect(compared.output).toContain('1 missing or different');
  });

  test('of a core that cannot link accounts yet, or map ids, is the one of the row', async () => {
    const older = await servers().postgres.createDatabase();
    await older.client.query('DROP TABLE userid_mapping, app_id_to_user_id CASCADE');
    await fillWithRecording(older);
    const { code, output } = await stage.migrate('import', '--from', older.address, '--verify');
    expect(output).toContain('Created 9, replaced 0, revoked 0');
    expect(code).toBe(EXIT.done);
  });
});
