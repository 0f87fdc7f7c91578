import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import type { Hash2, SessionHandle } from '../../../lib/core/types.ts';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { openOfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';
import type { Session } from '../../../lib/tools/migrate/sessions/session.ts';
import {
  createSession,
  hash2,
  IN_PROCESS,
  type Issued,
  OVER_HTTP,
  refresh,
  refreshed,
  refreshedInTurn,
  revoke,
  sessionsOf,
  setData,
  setPayload,
  verify,
} from '../../fixtures/cdi-session.ts';
import { ManualClock, makeTestCore } from '../../fixtures/core.ts';
import { OFFICIAL, OFFICIAL_TABLES, officialSession } from '../../fixtures/official-rows.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import {
  describeMigrating,
  empty,
  fillWithRecording,
  insert,
  makeStage,
  revokeThere,
  rotateThere,
  rowOf,
  rowsOf,
  type Stage,
  someOfficialRow,
} from './installation.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Where the sessions come from, and another official core, which has none. */
let database: PostgresDatabase;
let other: PostgresDatabase;
let stage: Stage;

const importAll = (from = database) => stage.migrate('import', '--from', from.address);
const exportTo = (to: PostgresDatabase, ...options: string[]) =>
  stage.migrate('export', '--to', to.address, ...options);
const coreOf = ({ store, clock }: Stage) => makeTestCore(store, IN_PROCESS, clock);

async function tablesOf(of: PostgresDatabase) {
  const tables: Record<string, object[]> = {};
  for (const table of Object.keys(OFFICIAL_TABLES)) tables[table] = await rowsOf(of, table);
  return tables;
}

const [fresh] = officialSession('fresh, CDI 5.4').tokens;
const freshHandle = fresh?.handle ?? '';
const freshToken = fresh?.refreshToken ?? '';

describeMigrating('npm run migrate -- export', (servers) => {
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
    other = await servers().postgres.createDatabase();
  });
  beforeEach(async () => {
    [stage] = await Promise.all([makeStage(servers().dynamoDb.endpoint), empty(database), empty(other)]);
    await fillWithRecording(database);
    await importAll();
    stage.clock.advance(1000);
  });

  describe('to an official core without sessions', () => {
    test('gives the very rows that were imported', async () => {
      const { code, output } = await exportTo(other, '--verify');
      expect(output).toContain('Created 9, replaced 0, revoked 0');
      expect(output).toContain('Compared 9: 9 the same');
      expect(code).toBe(EXIT.done);
      const [given, taken] = [await tablesOf(other), await tablesOf(database)];
      // When the secret was written is its own affair.
      const withoutTime = ({ key_value, ...tables }: typeof given) => ({
        ...tables,
        key_value: key_value?.map((row) => ({ ...row, created_at_time: undefined })),
      });
      expect(withoutTime(given)).toEqual(withoutTime(taken));
    });

    test('not in a dry run, which says what would be done', async () => {
      const { code, output } = await exportTo(other, '--dry-run');
      expect(output).toContain('Created 9, replaced 0, revoked 0');
      expect(code).toBe(EXIT.done);
      for (const rows of Object.values(await tablesOf(other))) expect(rows).toEqual([]);
    });

    test('replaces the secret that it has made for itself', async () => {
      const secret = { app_id: 'public', tenant_id: 'public', name: 'refresh_token_key', value: 'of its own' };
      await insert(other, 'key_value', [secret]);
      expect(await exportTo(other)).toMatchObject({ code: EXIT.done });
      expect(await rowsOf(other, 'key_value')).toMatchObject([{ value: OFFICIAL.secret }]);
    });
  });

  describe('into the tables that the sessions came from', () => {
    const versionsOf = async () =>
      (await database.client.query('SELECT session_handle, xmin::text FROM session_info ORDER BY session_handle')).rows;

    test('touches nothing that has not changed', async () => {
      const before = await versionsOf();
      const { output } = await exportTo(database, '--verify');
      expect(output).toContain('Created 0, replaced 0, revoked 0');
      expect(output).toContain('The same already 9');
      expect(await versionsOf()).toEqual(before);
    });

    test('gives what has changed, was created or revoked, and no more the second time', async () => {
      const core = coreOf(stage);
      const live = await refreshed(core, freshToken);
      const created = await createSession(core, { userId: 'user-new', payload: { role: 'a' }, data: { b: 'Grüße' } });
      const [child] = officialSession('with anti-CSRF').tokens;
      await setData(core, child?.handle ?? '', { changed: true });
      const [revoked] = officialSession('static signing key').tokens;
      await revoke(core, revoked?.handle ?? '');
      const dry = await exportTo(database, '--dry-run');
      const { code, output } = await exportTo(database, '--verify');
      for (const text of [dry.output, output]) expect(text).toContain('Created 1, replaced 2, revoked 1');
      expect(output).toContain('Compared 9: 9 the same');
      expect(code).toBe(EXIT.done);
      expect(await rowOf(database, freshHandle)).toMatchObject({
        refresh_token_hash_2: hash2(live.refreshToken),
        prev_refresh_token_hash_2: hash2(freshToken),
        refresh_token_rotated_at: String(stage.clock.now()),
        expires_at: String(stage.clock.now() + DEFAULT_CORE_CONFIG.refreshTokenValidity),
      });
      expect(await rowOf(database, created.handle)).toEqual({
        ...someOfficialRow({
          session_handle: created.handle,
          user_id: 'user-new',
          refresh_token_hash_2: hash2(created.refreshToken),
          jwt_user_payload: '{"role":"a"}',
          session_data: '{"b":"Grüße"}',
          created_at_time: String(stage.clock.now()),
          expires_at: String(stage.clock.now() + DEFAULT_CORE_CONFIG.refreshTokenValidity),
        }),
      });
      expect(await rowOf(database, child?.handle ?? '')).toMatchObject({ session_data: '{"changed":true}' });
      expect(await rowOf(database, revoked?.handle ?? '')).toBeUndefined();
      expect((await exportTo(database)).output).toContain('Created 0, replaced 0, revoked 0');
    });

    test('never brings back what was revoked there, and leaves what is newer there', async () => {
      const core = coreOf(stage);
      await refreshed(core, freshToken);
      await revokeThere(database, freshHandle);
      const [two] = officialSession('two sessions of one user').tokens;
      await refreshed(core, two?.refreshToken ?? '');
      await rotateThere(database, two?.handle ?? '', 'cd'.repeat(32), stage.clock.now() + 1);
      const { output } = await exportTo(database);
      expect(output).toContain('newer there 1, revoked there 1');
      expect(await rowOf(database, freshHandle)).toBeUndefined();
      expect(await rowOf(database, two?.handle ?? '')).toMatchObject({ refresh_token_hash_2: 'cd'.repeat(32) });
    });

    test('lists what it cannot read there, and leaves it', async () => {
      await refreshed(coreOf(stage), freshToken);
      await database.client.query("UPDATE session_info SET session_data = '{' WHERE session_handle = $1", [
        freshHandle,
      ]);
      const before = await rowOf(database, freshHandle);
      const { code, output } = await exportTo(database);
      expect(output).toContain(`Not moved: ${freshHandle}: its session_data is not a JSON object`);
      expect(code).toBe(EXIT.incomplete);
      expect(await rowOf(database, freshHandle)).toEqual(before);
    });

    test('and back again: only what has changed there since', async () => {
      const core = coreOf(stage);
      await refreshed(core, freshToken);
      const { handle } = await createSession(core);
      await exportTo(database);
      await rotateThere(database, freshHandle, 'cd'.repeat(32), stage.clock.now() + 1);
      await revokeThere(database, handle);
      expect((await importAll()).output).toContain('Created 0, replaced 1, revoked 1');
      const { sessions } = stage.store;
      expect(await sessions.get(freshHandle as SessionHandle)).toMatchObject({ current: 'cd'.repeat(32) });
      expect(await sessions.get(handle)).toBeUndefined();
    });
  });

  describe('writes what an official core can continue with', () => {
    /** What a core by the official rules makes of the exported rows: it is given them by an import. */
    async function movedOn(rows: PostgresDatabase) {
      const elsewhere = await makeStage(servers().dynamoDb.endpoint, new ManualClock(stage.clock.time));
      const run = await elsewhere.migrate('import', '--from', rows.address);
      if (run.code !== EXIT.done) throw new Error(run.output);
      return makeTestCore(elsewhere.store, OVER_HTTP, elsewhere.clock);
    }

    test.each(['5.4', '5.6'])('sessions that were created and refreshed here, at CDI %s', async (version) => {
      const here = coreOf(stage);
      const created = await createSession(here, { userId: 'user-new', enableAntiCsrf: true });
      const once = await refreshed(here, freshToken);
      const [first] = officialSession('two sessions of one user').tokens;
      const often = await refreshedInTurn(here, first?.refreshToken ?? '', 3, 1000);
      await exportTo(other);
      const there = await movedOn(other);
      const antiCsrf = { enableAntiCsrf: true, antiCsrfToken: created.antiCsrfToken };
      expect(await refresh(there, created.refreshToken, { version, ...antiCsrf })).toMatchObject({ status: 'OK' });
      for (const { refreshToken, accessToken } of [once, often.at(-1) as Issued]) {
        expect(await verify(there, accessToken, { version, checkDatabase: true })).toMatchObject({ status: 'OK' });
        await refreshedInTurn(there, refreshToken, 2);
      }
      expect(await sessionsOf(there, 'user-new')).toEqual([created.handle]);
    });

    test('a token that was replaced here just now is within the window there too, and theft after it', async () => {
      await refreshed(coreOf(stage), freshToken);
      await exportTo(other);
      const there = await movedOn(other);
      await refreshed(there, freshToken, { version: '5.6' });
      there.clock.advance(DEFAULT_CORE_CONFIG.gracePeriod + 1);
      expect(await refresh(there, freshToken, { version: '5.6' })).toMatchObject({ status: 'TOKEN_THEFT_DETECTED' });
    });

    test('access tokens of a key that was made here since', async () => {
      const here = coreOf(stage);
      stage.clock.advance(7 * DAY - 130 * 60_000);
      await here.core.rotateSigningKeyIfDue();
      stage.clock.advance(130 * 60_000);
      const { accessToken } = await createSession(here);
      const { output } = await exportTo(other);
      const made = here.events.find(({ event }) => event === 'SigningKeyMade');
      expect(output).toContain(`Keys: the refresh secret, d-1795439887958, ${(made as { kid: string }).kid}, s-`);
      const there = await movedOn(other);
      expect(await verify(there, accessToken)).toMatchObject({ status: 'OK' });
      const { json } = await there.ask('/.well-known/jwks.json');
      expect((json.keys as { kid: string }[]).map(({ kid }) => kid)).toContain((made as { kid: string }).kid);
    });
  });

  describe('leaves a row', () => {
    const handle = freshHandle as SessionHandle;

    test.each<[string, () => Promise<unknown>, string | undefined]>([
      ['that was rotated', () => rotateThere(database, handle, 'cd'.repeat(32), stage.clock.now()), 'cd'.repeat(32)],
      ['that was revoked', () => revokeThere(database, handle), undefined],
    ])('%s between reading and writing', async (_what, change, expected) => {
      const opened = await openOfficialDatabase(database.address);
      const stored = (await opened.sessions.read([handle])).get(handle);
      const session = stored?.session as Session;
      await change();
      const newer = { ...session, current: 'ef'.repeat(32) as Hash2 };
      expect(await opened.sessions.write([{ session: newer, replaces: stored?.version }])).toEqual(new Set([handle]));
      expect((await rowOf(database, handle))?.refresh_token_hash_2).toBe(expected);
      await opened.close();
    });

    test('that was created between reading and writing', async () => {
      const opened = await openOfficialDatabase(database.address);
      const session = (await opened.sessions.read([handle])).get(handle)?.session as Session;
      const newer = { ...session, current: 'ef'.repeat(32) as Hash2 };
      expect(await opened.sessions.write([{ session: newer, replaces: undefined }])).toEqual(new Set([handle]));
      expect((await rowOf(database, handle))?.refresh_token_hash_2).toBe(session.current);
      await opened.close();
    });
  });

  test('an official core from before CDI 5.6, without the columns of the rotation', async () => {
    const older = await servers().postgres.createDatabase();
    await older.client.query(
      'ALTER TABLE session_info DROP COLUMN prev_refresh_token_hash_2, DROP COLUMN refresh_token_rotated_at',
    );
    const live = await refreshed(coreOf(stage), freshToken);
    expect(await exportTo(older)).toMatchObject({ code: EXIT.done });
    expect(await rowOf(older, freshHandle)).toMatchObject({ refresh_token_hash_2: hash2(live.refreshToken) });
  });

  test.each([
    ['is too long', 'u'.repeat(129), 'its user id has 129 characters, and an official core keeps 128'],
    ['has a NUL', 'a\0b', 'its user id has a NUL character'],
  ])('lists a session whose user id %s, and its exit code says so', async (_what, userId, reason) => {
    const { handle } = await createSession(coreOf(stage), { userId });
    const { code, output } = await exportTo(other, '--verify');
    expect(output).toContain(`Not moved: ${handle}: ${reason}`);
    expect(output).toContain('Created 9');
    expect(code).toBe(EXIT.incomplete);
  });

  test('gives back a user id of as many characters as PostgreSQL keeps, which JavaScript may count twice', async () => {
    const { handle } = await createSession(coreOf(stage), { userId: '\u{1F600}'.repeat(128) });
    expect(await exportTo(other, '--verify')).toMatchObject({ code: EXIT.done });
    expect(await rowOf(other, handle)).toMatchObject({ user_id: '\u{1F600}'.repeat(128) });
  });

  test('leaves out what has expired', async () => {
    stage.clock.advance(101 * DAY);
    await setPayload(coreOf(stage), freshHandle, {});
    const { code, output } = await exportTo(other);
    expect(output).toContain('Created 0, replaced 0, revoked 0');
    expect(output).toContain('Not moved 0, expired 9');
    expect(code).toBe(EXIT.done);
  });

  describe('fails, and changes nothing,', () => {
    test('where the official core has sessions with another secret', async () => {
      const secret = { app_id: 'public', tenant_id: 'public', name: 'refresh_token_key', value: 'of its own' };
      await insert(other, 'key_value', [secret]);
      await insert(other, 'session_info', [someOfficialRow()]);
      const { code, output } = await exportTo(other);
      expect(output).toContain('The official core has sessions whose refresh tokens need another secret');
      expect(code).toBe(EXIT.failed);
      expect(await rowsOf(other)).toHaveLength(1);
      expect(await rowsOf(other, 'session_access_token_signing_keys')).toEqual([]);
      expect(await rowsOf(other, 'key_value')).toMatchObject([{ value: 'of its own' }]);
    });

    test('where no official core has made its tables', async () => {
      const nowhere = { ...other, address: other.address.replace(/[^/]+$/, 'postgres') };
      const { code, output } = await exportTo(nowhere);
      expect(output).toContain('start an official core on it once');
      expect(code).toBe(EXIT.failed);
    });

    test('where no session is left that both had: they would all pass for revoked', async () => {
      await database.client.query('DELETE FROM session_info');
      for (const option of ['--dry-run', '--verify']) {
        const { code, output } = await exportTo(database, option);
        expect(output).toContain('session_info has none of the');
        expect(code).toBe(EXIT.failed);
      }
      await database.client.query("DELETE FROM key_value WHERE name = 'refresh_token_key'");
      const again = await exportTo(database, '--verify');
      expect(again.output).toContain('Created 9, replaced 0, revoked 0');
      expect(again.code).toBe(EXIT.done);
    });

    test('where no session is left here', async () => {
      for (const { session_handle } of OFFICIAL.rows) {
        await stage.store.sessions.delete(session_handle as SessionHandle, stage.clock.now());
      }
      const { code, output } = await exportTo(database);
      expect(output).toContain('There is no session left here, so nothing is revoked there.');
      expect(code).toBe(EXIT.failed);
      expect(await rowsOf(database)).toHaveLength(9);
    });

    test('from a stage that has no keys', async () => {
      const stageWithout = await makeStage(servers().dynamoDb.endpoint);
      const { code, output } = await stageWithout.migrate('export', '--to', other.address);
      expect(output).toContain('There are no keys here');
      expect(code).toBe(EXIT.failed);
    });
  });
});
