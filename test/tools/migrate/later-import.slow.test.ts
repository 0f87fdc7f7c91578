import type { UserId } from '../../../lib/core/types.ts';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { installationOf } from '../../../lib/tools/migrate/keys/official-keys.ts';
import { createPasses } from '../../../lib/tools/migrate/sessions/passes.ts';
import {
  createSession,
  IN_PROCESS,
  infoOf,
  refreshed,
  revoke,
  sessionsOf,
  setPayload,
} from '../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../fixtures/core.ts';
import { OFFICIAL, officialSession } from '../../fixtures/official-rows.ts';
import { database, importAll, sessionOf, stage, useImportStage } from './import-stage.ts';
import {
  describeMigrating,
  fillWithRecording,
  insert,
  revokeThere,
  rotateThere,
  rowsOf,
  someOfficialRow,
} from './installation.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const listedOf = (user: string) => stage.store.sessions.list(user as UserId, stage.clock.now());

describeMigrating('a later import', (servers) => {
  useImportStage(servers);

  const handleOf = (what: string) => officialSession(what).tokens[0]?.handle ?? '';
  const fresh = handleOf('fresh, CDI 5.4');
  const child = handleOf('refreshed once, child not yet used, CDI 5.4');
  const hash = 'cd'.repeat(32);
  const core = () => makeTestCore(stage.store, IN_PROCESS, stage.clock);
  let since: string;

  beforeEach(async () => {
    await fillWithRecording(database);
    const { output } = await importAll();
    since = /--since (\S+)$/m.exec(output)?.[1] ?? '';
    stage.clock.advance(HOUR);
  });

  test.each(['by its time', 'by "last"', 'of everything'])('takes over what has changed: %s', async (how) => {
    const created = someOfficialRow({ created_at_time: String(Date.parse(since) + 1000) });
    await insert(database, 'session_info', [created]);
    await rotateThere(database, fresh, hash, stage.clock.now());
    await database.client.query('UPDATE session_info SET session_data = \'{"a":1}\' WHERE session_handle = $1', [
      child,
    ]);
    const revoked = handleOf('with anti-CSRF');
    await revokeThere(database, revoked);
    const options =
      { 'by its time': ['--since', since], 'by "last"': ['--since', 'last'], 'of everything': [] }[how] ?? [];
    const dry = await importAll(...options, '--dry-run');
    const { code, output } = await importAll(...options, '--verify');
    for (const text of [dry.output, output]) expect(text).toContain('Created 1, replaced 2, revoked 1');
    expect(output).toContain('Compared 9: 9 the same');
    expect(code).toBe(EXIT.done);
    expect(await sessionOf(created.session_handle)).toBeDefined();
    expect(await sessionOf(fresh)).toMatchObject({ current: hash, rotatedAt: stage.clock.now() });
    expect(await sessionOf(child)).toMatchObject({ data: { a: 1 } });
    expect(await sessionOf(revoked)).toBeUndefined();
    expect(await listedOf('user-csrf')).toEqual([]);
    expect((await importAll('--since', 'last')).output).toContain('Created 0, replaced 0, revoked 0');
  });

  test('takes over what was written a while after the time in it', async () => {
    const late = someOfficialRow({ created_at_time: String(Date.parse(since) - 30_000) });
    await insert(database, 'session_info', [late]);
    expect((await importAll('--since', since)).output).toContain('Created 1, replaced 0, revoked 0');
  });

  test('looks back as far as the last one, even if a later time is named', async () => {
    const created = someOfficialRow({ created_at_time: String(Date.parse(since) + 1000) });
    await insert(database, 'session_info', [created]);
    const later = new Date(Date.parse(since) + DAY).toISOString();
    expect((await importAll('--since', later)).output).toContain('Created 1, replaced 0, revoked 0');
  });

  test.each([true, false])(
    'of everything that was killed continues, and copies what has changed before that place; it was a later one: %s',
    async (isLater) => {
      const installation = await installationOf({ query: database.client.query.bind(database.client) as never });
      const passes = createPasses(stage.db, stage.names.sessions, installation);
      const handles = (await rowsOf(database)).map(({ session_handle }) => session_handle).toSorted();
      const position = JSON.stringify(['public', 'public', handles[6]]);
      const last = await passes.read();
      if (last === undefined) throw new Error('No pass');
      const [changed = ''] = handles.filter((handle) => handle !== fresh);
      await revokeThere(database, fresh);
      await database.client.query('UPDATE session_info SET jwt_user_payload = $2 WHERE session_handle = $1', [
        changed,
        '{"role":"new"}',
      ]);
      await passes.write({ ...last, position, isLater, isComplete: false });
      const { output } = await importAll('--verify');
      expect(output).toContain('Continuing the import of');
      expect(output).toMatch(/^2 sessions in/m);
      expect(await sessionOf(fresh)).toBeUndefined();
      expect(await sessionOf(changed)).toMatchObject({ payload: { role: 'new' } });
      expect(output).toContain('0 missing or different');
    },
  );

  test('leaves what was refreshed here since', async () => {
    const [tokens] = officialSession('fresh, CDI 5.4').tokens;
    await refreshed(core(), tokens?.refreshToken ?? '');
    const live = await sessionOf(fresh);
    const { output } = await importAll('--verify');
    expect(output).toContain('newer there 1');
    expect(output).toContain('8 the same, 1 changed or revoked there since, 0 missing');
    expect(await sessionOf(fresh)).toEqual(live);
  });

  test('leaves claims that were changed here since, though nothing was rotated', async () => {
    await setPayload(core(), fresh, { role: 'guest' });
    await importAll();
    await importAll('--since', 'last');
    expect(await infoOf(core(), fresh)).toMatchObject({ userDataInJWT: { role: 'guest' } });
  });

  test('where both have rotated a session, the later rotation stays', async () => {
    const [tokens] = officialSession('fresh, CDI 5.4').tokens;
    await rotateThere(database, fresh, hash, stage.clock.now() - 1);
    await refreshed(core(), tokens?.refreshToken ?? '');
    const live = await sessionOf(fresh);
    await importAll('--since', 'last');
    expect(await sessionOf(fresh)).toEqual(live);
    await rotateThere(database, fresh, hash, stage.clock.now() + 1);
    await importAll('--since', 'last');
    expect(await sessionOf(fresh)).toMatchObject({ current: hash, retired: [] });
  });

  test('never brings back what was revoked here', async () => {
    await revoke(core(), fresh);
    await rotateThere(database, fresh, hash, stage.clock.now());
    for (const options of [['--since', since], []]) {
      const { output } = await importAll(...options);
      expect(output).toContain('revoked there 1');
      expect(await sessionOf(fresh)).toBeUndefined();
    }
    expect(await sessionsOf(core(), 'user-fresh')).toEqual([]);
  });

  test('never brings back what was revoked here, as long as the source refreshes it', async () => {
    await revoke(core(), fresh);
    await rotateThere(database, fresh, hash, stage.clock.now());
    await importAll('--since', 'last');
    // The session as it was when both sides had it would have expired by then.
    stage.clock.time = OFFICIAL.recordedAt + 100 * DAY + HOUR / 2;
    await rotateThere(database, fresh, hash, stage.clock.now());
    expect((await importAll('--since', 'last')).output).toContain('revoked there 1');
    expect(await sessionOf(fresh)).toBeUndefined();
  });

  test('revokes what was revoked there, also if it was refreshed here since', async () => {
    const [tokens] = officialSession('fresh, CDI 5.4').tokens;
    await refreshed(core(), tokens?.refreshToken ?? '');
    await revokeThere(database, fresh);
    expect((await importAll('--since', 'last')).output).toContain('revoked 1');
    expect(await sessionOf(fresh)).toBeUndefined();
  });

  test('does not take for revoked what has expired there, and was cleaned up', async () => {
    stage.clock.time = OFFICIAL.recordedAt + 99 * DAY;
    const [tokens] = officialSession('fresh, CDI 5.4').tokens;
    await refreshed(core(), tokens?.refreshToken ?? '');
    stage.clock.advance(2 * DAY);
    await database.client.query('DELETE FROM session_info WHERE expires_at < $1', [stage.clock.now()]);
    await insert(database, 'session_info', [someOfficialRow({ expires_at: String(stage.clock.now() + DAY) })]);
    expect((await importAll('--since', 'last')).output).toContain('revoked 0');
    expect(await sessionOf(fresh)).toBeDefined();
  });

  test('lists what it can no longer read, and does not take it for revoked', async () => {
    const live = await sessionOf(fresh);
    await database.client.query("UPDATE session_info SET session_data = '{' WHERE session_handle = $1", [fresh]);
    for (const options of [['--since', 'last'], []]) {
      const { code, output } = await importAll(...options);
      expect(output.match(/Not moved: .*/g)).toEqual([`Not moved: ${fresh}: its session_data is not a JSON object`]);
      expect(output).toContain('revoked 0');
      expect(code).toBe(EXIT.incomplete);
      expect(await sessionOf(fresh)).toEqual(live);
    }
  });

  test('does not touch sessions that were created here', async () => {
    const { handle } = await createSession(core());
    expect((await importAll('--since', 'last', '--verify')).output).toContain('1 more are only there');
    expect(await sessionOf(handle)).toBeDefined();
  });

  test('revokes nothing for a table that is empty altogether', async () => {
    await database.client.query('DELETE FROM session_info');
    const { code, output } = await importAll('--since', 'last');
    expect(output).toContain('There is no session left in session_info, so nothing is revoked here.');
    expect(code).toBe(EXIT.failed);
    expect(await sessionOf(fresh)).toBeDefined();
  });

  test('keeps a session in its list as long as it lasts', async () => {
    const [tokens] = officialSession('fresh, CDI 5.4').tokens;
    stage.clock.advance(80 * DAY);
    await rotateThere(database, fresh, hash, stage.clock.now());
    await importAll('--since', 'last');
    stage.clock.advance(99 * DAY);
    expect(await listedOf('user-fresh')).toEqual([tokens?.handle]);
  });
});
