import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { startCore } from '../../fixtures/core-process.ts';
import { OFFICIAL_TABLES, officialSession } from '../../fixtures/official-rows.ts';
import { describeMigrating, fillWithRecording, rowsOf, runMigrate } from './installation.ts';

/** What `npm run core` answers to a refresh. */
interface Refreshed {
  readonly status: string;
  readonly session: { readonly handle: string; readonly userId: string };
}

describeMigrating('the store of npm run core as the successor of an official core', (servers) => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'core-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('takes over keys and sessions while it runs, and gives them back', async () => {
    const [official, other] = [await servers().postgres.createDatabase(), await servers().postgres.createDatabase()];
    await fillWithRecording(official);
    // The core goes by the system's clock.
    await official.client.query('UPDATE session_info SET expires_at = $1', [Date.now() + 86_400_000]);
    const environment = { SUPERTOKENS_DATA_DIR: folder };
    const migrate = (...args: string[]) => runMigrate([...args, '--core'], environment);

    const before = await startCore(environment);
    const imported = await migrate('import', '--from', official.address, '--verify');
    expect(imported.output).toContain(`into data of npm run core in ${folder}`);
    expect(imported.output).toContain('Compared 9: 9 the same');
    expect(imported.code).toBe(EXIT.done);
    await before.stop();

    const core = await startCore(environment);
    const [tokens] = officialSession('fresh, CDI 5.4').tokens;
    const response = await fetch(`${core.url}/recipe/session/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cdi-version': '5.6' },
      body: JSON.stringify({ refreshToken: tokens?.refreshToken, enableAntiCsrf: false, useDynamicSigningKey: true }),
    });
    const { status, session } = (await response.json()) as Refreshed;
    expect(status).toBe('OK');
    expect(session).toMatchObject({ handle: tokens?.handle, userId: 'user-fresh' });
    await core.stop();

    const exported = await migrate('export', '--to', other.address, '--verify');
    expect(exported.output).toContain('Created 9, replaced 0, revoked 0');
    expect(exported.code).toBe(EXIT.done);
    expect(await rowsOf(other)).toHaveLength(OFFICIAL_TABLES.session_info.length);
  });
});
