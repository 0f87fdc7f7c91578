import { DEFAULT_CORE_CONFIG } from '../../../lib/core/index.ts';
import { leadOf } from '../../../lib/core/keys/keyring.ts';
import { MAX_CONTENT_BYTES } from '../../../lib/core/session/store/dynamodb/row-item.ts';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { createSession, IN_PROCESS, kidOf, OVER_HTTP, refresh, verify } from '../../fixtures/cdi-session.ts';
import { makeTestCore } from '../../fixtures/core.ts';
import { OFFICIAL, officialSession } from '../../fixtures/official-rows.ts';
import { database, importAll, sessionOf, stage, useImportStage } from './import-stage.ts';
import { describeMigrating, fillWithKeys, fillWithRecording, insert, rowOf, someOfficialRow } from './installation.ts';
import { expectRecorded } from './recorded-expectations.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describeMigrating('npm run migrate -- import', (servers) => {
  useImportStage(servers);

  describe('takes over what was recorded from an official core', () => {
    beforeEach(() => fillWithRecording(database));

    test('all of it, and says so', async () => {
      const { code, output } = await importAll('--verify');
      expect(output).toContain('Keys: the refresh secret, d-1795439887958, s-8640b7fb-ab7d-4ede-88dc-ee72db0820c0');
      expect(output).toContain('Created 9, replaced 0, revoked 0');
      expect(output).toContain(
        'Compared 9: 9 the same, 0 changed or revoked there since, 0 missing or different. 0 more',
      );
      expect(output).toMatch(/^9 sessions in \d+ s: [\d,]+\/s; peak memory \d+ MB$/m);
      expect(code).toBe(EXIT.done);
    });

    test.each([
      ['5.4', IN_PROCESS],
      ['5.4', OVER_HTTP],
      ['5.6', OVER_HTTP],
    ] as const)('so that every expectation of the recording holds at CDI %s, %o', async (version, rules) => {
      await importAll();
      for (const session of OFFICIAL.sessions) await expectRecorded(stage, session, rules, version);
    });

    test('so that the access tokens from before verify through our JWKS, and new ones are signed with the same key', async () => {
      await importAll();
      const core = makeTestCore(stage.store, IN_PROCESS, stage.clock);
      const { json } = await core.ask('/.well-known/jwks.json');
      expect(json).toEqual(OFFICIAL.jwks);
      for (const { accessToken, refreshToken, antiCsrfToken } of OFFICIAL.sessions.flatMap(({ tokens }) => tokens)) {
        expect(await verify(core, accessToken)).toMatchObject({ status: 'OK' });
        const answer = await refresh(core, refreshToken, { antiCsrfToken });
        if (answer.status === 'OK') {
          const { token } = answer.accessToken as { token: string };
          expect(kidOf(token)).toBe('d-1795439887958');
        }
      }
      const [statically] = officialSession('static signing key').tokens;
      expect(kidOf(statically?.accessToken ?? '')).toBe('s-8640b7fb-ab7d-4ede-88dc-ee72db0820c0');
    });

    test('and the taken-over key signs until the next one is due', async () => {
      await importAll();
      const core = makeTestCore(stage.store, IN_PROCESS, stage.clock);
      const interval = DEFAULT_CORE_CONFIG.signingKeyInterval;
      stage.clock.time = 1795439887958 + interval - 130 * 60_000 - 1;
      await core.core.rotateSigningKeyIfDue();
      expect(core.events).toEqual([]);
      stage.clock.advance(1);
      await core.core.rotateSigningKeyIfDue();
      expect(core.events).toMatchObject([{ event: 'SigningKeyMade' }]);
      expect(kidOf((await createSession(core)).accessToken)).toBe('d-1795439887958');
      stage.clock.time = 1795439887958 + interval;
      expect(kidOf((await createSession(core)).accessToken)).not.toBe('d-1795439887958');
    });

    test('again and again, changing nothing', async () => {
      await importAll();
      const before = await stage.db.query(stage.names.sessions, { name: 'pk', value: 'user#user-two' });
      const again = await importAll('--verify');
      expect(again).toMatchObject({ code: EXIT.done });
      expect(again.output).toContain('Keys: all there already');
      expect(again.output).toContain('Created 0, replaced 0, revoked 0');
      expect(again.output).toContain('The same already 9');
      expect(await stage.db.query(stage.names.sessions, { name: 'pk', value: 'user#user-two' })).toEqual(before);
    });

    test('not in a dry run, which says what would be done', async () => {
      const dry = await importAll('--dry-run');
      expect(dry).toMatchObject({ code: EXIT.done });
      expect(dry.output).toContain('Keys: the refresh secret, d-1795439887958');
      expect(dry.output).toContain('Created 9, replaced 0, revoked 0');
      expect(await stage.store.keyring.read()).toBeUndefined();
      expect(await stage.store.publishedKeys.read()).toBeUndefined();
      for (const { session_handle } of OFFICIAL.rows) expect(await sessionOf(session_handle)).toBeUndefined();
      expect((await importAll()).output).toContain('Created 9, replaced 0, revoked 0');
    });

    test('and the comparison says so where something is missing or different', async () => {
      const compareAlone = () => importAll('--dry-run', '--verify');
      const before = await compareAlone();
      expect(before.output).toContain(
        'Compared 9: 0 the same, 0 changed or revoked there since, 9 missing or different',
      );
      expect(before.code).toBe(EXIT.failed);
      await importAll();
      expect(await compareAlone()).toMatchObject({ code: EXIT.done });
      await database.client.query("UPDATE session_info SET jwt_user_payload = '{}' WHERE user_id = 'user-fresh'");
      const after = await compareAlone();
      expect(after.output).toContain(
        'Compared 9: 8 the same, 0 changed or revoked there since, 1 missing or different',
      );
      expect(after.code).toBe(EXIT.failed);
    });

    test('and says if the connection could be read by others', async () => {
      const exposed = await stage.migrate('import', '--from', database.address.replace('127.0.0.1', '0.0.0.0'));
      expect(exposed.output).toContain('The connection to PostgreSQL is not encrypted');
      expect((await importAll()).output).not.toContain('not encrypted');
    });

    test('without printing a secret', async () => {
      const { output } = await importAll('--verify');
      const [key] = OFFICIAL.rows.map((row) => row.refresh_token_hash_2);
      for (const secret of [OFFICIAL.secret, key ?? '', 'MIIEv']) expect(output).not.toContain(secret);
    });
  });

  describe('lists what it cannot take over, with the reason, and its exit code says so', () => {
    beforeEach(() => fillWithKeys(database));

    test.each([
      ['another tenant', { tenant_id: 'other' }, 'of app public, tenant other'],
      ['another app', { app_id: 'other', tenant_id: 'public' }, 'of app other, tenant public'],
      [
        'too large',
        { session_data: JSON.stringify({ a: 'x'.repeat(MAX_CONTENT_BYTES) }) },
        'too large: payload and data have',
      ],
      ['a payload that is no object', { jwt_user_payload: '[1]' }, 'its jwt_user_payload is not a JSON object'],
      ['data that is no JSON', { session_data: '{' }, 'its session_data is not a JSON object'],
      ['no data at all', { session_data: null }, 'its session_data is not a JSON object'],
      ['a hash of another kind', { refresh_token_hash_2: 'abc' }, 'its refresh token hash is not a SHA-256'],
    ])('%s', async (_what, members, reason) => {
      await database.client.query("INSERT INTO apps VALUES ('other', 0) ON CONFLICT DO NOTHING");
      await database.client.query(
        "INSERT INTO tenants VALUES ('public', 'other', 0), ('other', 'public', 0) ON CONFLICT DO NOTHING",
      );
      const [bad, good] = [someOfficialRow(members), someOfficialRow()];
      await insert(database, 'session_info', [bad, good]);
      for (const option of ['--dry-run', '--verify']) {
        const { code, output } = await importAll(option);
        expect(output).toContain(`Not moved: ${bad.session_handle}: ${reason}`);
        expect(output).toContain('Not moved 1, expired 0');
        expect(code).toBe(EXIT.incomplete);
      }
      expect(await sessionOf(bad.session_handle)).toBeUndefined();
      expect(await sessionOf(good.session_handle)).toBeDefined();
    });

    test('numbers are taken over as they are written', async () => {
      const texts = {
        jwt_user_payload: '{"a":1.0,"b":[-0.0,1.5],"id":12345678901234567890}',
        session_data: '{"price":0.1234567890123456789,"huge":1e400}',
      };
      const row = someOfficialRow(texts);
      await insert(database, 'session_info', [row]);
      const { code, output } = await importAll('--verify');
      expect([code, output.includes('Note:')]).toEqual([EXIT.done, false]);
      const { payload, data } = (await sessionOf(row.session_handle)) ?? {};
      expect(JSON.stringify([payload, data])).toBe(`[${texts.jwt_user_payload},${texts.session_data}]`);
      expect(await rowOf(database, row.session_handle)).toMatchObject(texts);
    });

    test('expired sessions are only counted: no user needs them', async () => {
      const expired = someOfficialRow({ expires_at: String(OFFICIAL.recordedAt) });
      const unreadable = someOfficialRow({ expires_at: String(OFFICIAL.recordedAt), session_data: '{' });
      await insert(database, 'session_info', [expired, unreadable, someOfficialRow()]);
      const { code, output } = await importAll('--verify');
      expect(output).toContain('Not moved 0, expired 2');
      expect(code).toBe(EXIT.done);
      expect(await sessionOf(expired.session_handle)).toBeUndefined();
    });

    test('the largest session that fits is taken over, and can be refreshed', async () => {
      const row = someOfficialRow({ session_data: JSON.stringify({ a: 'x'.repeat(MAX_CONTENT_BYTES - 10) }) });
      await insert(database, 'session_info', [row]);
      expect(await importAll('--verify')).toMatchObject({ code: EXIT.done });
      expect(await sessionOf(row.session_handle)).toBeDefined();
    });

    test('claims over the limit of handlers are reported, and the session continues', async () => {
      const claims = { text: 'x'.repeat(2600) };
      const row = someOfficialRow({ jwt_user_payload: JSON.stringify(claims) });
      await insert(database, 'session_info', [row]);
      for (const option of ['--dry-run', '--verify']) {
        const { code, output } = await importAll(option);
        expect(output).toContain(`Note: ${row.session_handle}: its claims have 2611 bytes of JSON, more than the 2500`);
        expect(output).toContain('Not moved 0');
        expect(code).toBe(EXIT.done);
      }
      expect(await sessionOf(row.session_handle)).toMatchObject({ payload: claims });
    });

    test('a second static key, for a built-in core keeps one', async () => {
      const [key] = (await database.client.query('SELECT * FROM jwt_signing_keys')).rows;
      await insert(database, 'jwt_signing_keys', [{ ...key, key_id: 's-older', created_at: 1 }]);
      const { code, output } = await importAll();
      expect(output).toContain('Not moved: s-older: a core keeps one static key');
      expect(code).toBe(EXIT.incomplete);
      expect((await stage.store.keyring.read())?.staticKey?.kid).toBe('s-8640b7fb-ab7d-4ede-88dc-ee72db0820c0');
    });
  });

  describe('keys', () => {
    test('that the stage made for itself are replaced as long as it has no session', async () => {
      await fillWithRecording(database);
      await makeTestCore(stage.store, IN_PROCESS, stage.clock).core.rotateSigningKeyIfDue();
      const own = await stage.store.keyring.read();
      const running = makeTestCore(stage.store, IN_PROCESS, stage.clock);
      const restart = 'Restart what runs on these tables';
      for (const options of [['--dry-run'], []]) expect((await importAll(...options)).output).toContain(restart);
      expect((await importAll()).output).not.toContain(restart);
      const keyring = await stage.store.keyring.read();
      expect(keyring).toMatchObject({ version: 2, refreshTokenSecret: OFFICIAL.secret });
      expect(keyring?.successorSecret).toBe(own?.successorSecret);
      const { json } = await running.ask('/.well-known/jwks.json');
      expect(json).toEqual(OFFICIAL.jwks);
    });

    test('are rejected if a session needs others, and nothing is changed', async () => {
      await fillWithRecording(database);
      const core = makeTestCore(stage.store, IN_PROCESS, stage.clock);
      const { refreshToken } = await createSession(core);
      const keyring = await stage.store.keyring.read();
      const { code, output } = await importAll();
      expect(output).toContain('There are sessions whose refresh tokens need another secret');
      expect(code).toBe(EXIT.failed);
      expect(await stage.store.keyring.read()).toEqual(keyring);
      expect(await refresh(core, refreshToken)).toMatchObject({ status: 'OK' });
      stage.clock.advance(101 * DAY);
      expect((await importAll()).output).toContain('Keys: the refresh secret');
    });

    test('made by the official core since are added, and sign no sooner than any new key', async () => {
      await fillWithRecording(database);
      await importAll();
      stage.clock.advance(HOUR);
      const [key] = (await database.client.query('SELECT value FROM session_access_token_signing_keys')).rows;
      const made = { app_id: 'public', created_at_time: stage.clock.now(), value: key.value };
      await insert(database, 'session_access_token_signing_keys', [made]);
      const { output } = await importAll('--since', 'last');
      expect(output).toContain(`Keys: d-${made.created_at_time}\n`);
      const lead = leadOf({ interval: DEFAULT_CORE_CONFIG.signingKeyInterval, accessTokenValidity: HOUR });
      const signerNow = async () =>
        kidOf((await createSession(makeTestCore(stage.store, IN_PROCESS, stage.clock))).accessToken);
      stage.clock.advance(lead - 1);
      expect(await signerNow()).toBe('d-1795439887958');
      stage.clock.advance(1);
      expect(await signerNow()).toBe(`d-${made.created_at_time}`);
      const published = await stage.store.publishedKeys.read();
      expect(published?.keys.map(({ jwk }) => jwk.kid)).toContain(`d-${made.created_at_time}`);
    });

    test('that an official core has never made are made', async () => {
      await insert(database, 'key_value', [
        { app_id: 'public', tenant_id: 'public', name: 'refresh_token_key', value: OFFICIAL.secret },
      ]);
      const { output } = await importAll();
      expect(output).toMatch(/^Keys: the refresh secret, d-1795439892272$/m);
      const core = makeTestCore(stage.store, IN_PROCESS, stage.clock);
      expect(kidOf((await createSession(core)).accessToken)).toBe('d-1795439892272');
    });
  });

  test('an official core in another schema', async () => {
    const elsewhere = await servers().postgres.createDatabase();
    await fillWithRecording(elsewhere);
    await elsewhere.client.query('ALTER SCHEMA public RENAME TO core');
    const { output } = await stage.migrate('import', '--from', `${elsewhere.address}?options=-csearch_path%3Dcore`);
    expect(output).toContain('Created 9, replaced 0, revoked 0');
  });

  test('an official core from before CDI 5.6, without the columns of the rotation', async () => {
    const older = await servers().postgres.createDatabase();
    await older.client.query(
      'ALTER TABLE session_info DROP COLUMN prev_refresh_token_hash_2, DROP COLUMN refresh_token_rotated_at',
    );
    await fillWithRecording(older);
    expect(await stage.migrate('import', '--from', older.address, '--verify')).toMatchObject({ code: EXIT.done });
    const [tokens] = officialSession('fresh, CDI 5.4').tokens;
    const core = makeTestCore(stage.store, IN_PROCESS, stage.clock);
    expect(await refresh(core, tokens?.refreshToken ?? '')).toMatchObject({ status: 'OK' });
  });
});
