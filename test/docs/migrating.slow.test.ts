import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionHandle } from '../../lib/core/types.ts';
import { createTables, type EmbeddedDynamoDb, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { serviceName } from '../../lib/dev/service.ts';
import { tableNames } from '../../lib/dev/tables.ts';
import { type Command, EXIT } from '../../lib/tools/command-line.ts';
import { migrateCommand } from '../../lib/tools/migrate/command.ts';
import { keysCommand } from '../../lib/tools/operator/keys-command.ts';
import { sessionsCommand } from '../../lib/tools/operator/sessions-command.ts';
import { usersCommand } from '../../lib/tools/operator/users-command.ts';
import { ManualClock } from '../fixtures/core.ts';
import { commandsOf, snippetsOf } from '../fixtures/markdown.ts';
import { createOfficialCore } from '../fixtures/official-core.ts';
import { OFFICIAL, officialSession } from '../fixtures/official-rows.ts';
import type { PostgresDatabase } from '../fixtures/postgres.ts';
import { typed } from '../fixtures/typed-terminal.ts';
import {
  describeMigrating,
  fillWithRecording,
  insert,
  makeStage,
  rowOf,
  type Stage,
  someOfficialRow,
} from '../tools/migrate/installation.ts';

const SNIPPETS = snippetsOf('docs/migrating.md');
const ADDRESS = 'postgres://supertokens@db.example.com:5432/supertokens';
const DAY = 86_400_000;
const EMAIL = 'user-two@example.com';

let official: PostgresDatabase;
let stage: Stage;
let folder: string;
let running: EmbeddedDynamoDb | undefined;

const NOTHING = { write: () => true };
const COMMANDS: Readonly<Record<string, Command>> = {
  migrate: migrateCommand({ environment: {}, output: NOTHING, clock: Date.now }),
  users: usersCommand({}),
  sessions: sessionsCommand({}),
  keys: keysCommand({}),
};

/** Runs a command as it stands, but on this test's database and tables. */
async function run(line: string): Promise<{ code: number; output: string }> {
  const [npm, , name = '', , ...args] = line.split(' ');
  const command = npm === 'npm' ? COMMANDS[name] : undefined;
  if (command === undefined) throw new Error(`No test runs: ${line}`);
  const isDeployed = line.endsWith('--stage prod') || line.includes('--stage prod ');
  const here = args.map((arg) => (arg === ADDRESS ? official.address : arg === 'prod' ? stage.name : arg));
  const where = isDeployed ? ['--endpoint', stage.endpoint] : ['--data', folder];
  const { code, output } = await typed(command, [...here, ...where]);
  return { code, output };
}

const freshHandle = officialSession('fresh, CDI 5.4').tokens[0]?.handle ?? '';
/** A user logs in at the official core. */
function logIn() {
  const times = { created_at_time: String(Date.now()), expires_at: String(Date.now() + 100 * DAY) };
  return insert(official, 'session_info', [someOfficialRow(times)]);
}

interface Step {
  readonly before?: () => Promise<unknown>;
  readonly prints: string;
}

/** What the commands print in the order in which they stand, and what happens before. */
const STEPS: readonly Step[] = [
  { prints: 'Created 9, replaced 0, revoked 0' },
  { before: async () => (running = await startEmbeddedDynamoDb({ folder })), prints: '0 missing or different' },
  { prints: 'Created 9, replaced 0, revoked 0' },
  { prints: 'Created 9, replaced 0, revoked 0' },
  { prints: 'd-1795439887958' },
  { before: logIn, prints: 'Created 1, replaced 0, revoked 0' },
  { prints: 'Compared 10: 10 the same, 0 changed or revoked there since, 0 missing or different' },
  { prints: EMAIL },
  { prints: officialSession('two sessions of one user').tokens[0]?.handle ?? '' },
  { prints: 'Compared 10: 10 the same, 0 changed or revoked there since, 0 missing or different' },
  {
    before: () => stage.store.sessions.delete(freshHandle as SessionHandle, Date.now()),
    prints: 'Created 0, replaced 0, revoked 1',
  },
  { prints: 'Created 0, replaced 0, revoked 1' },
  { prints: 'Compared 9: 9 the same, 0 changed or revoked there since, 0 missing or different' },
];

describeMigrating('docs/migrating.md', (servers) => {
  beforeAll(async () => {
    official = await servers().postgres.createDatabase();
    await fillWithRecording(official);
    const passwordHash = `$2a$04$${'.'.repeat(53)}`;
    const timeJoined = OFFICIAL.recordedAt;
    await createOfficialCore(official.client).signUp({
      recipe: 'emailpassword',
      email: EMAIL,
      passwordHash,
      timeJoined,
    });
    // The commands go by the system's clock; the recorded sessions are not to expire for that.
    await official.client.query('UPDATE session_info SET expires_at = $1', [Date.now() + 100 * DAY]);
    stage = await makeStage(servers().dynamoDb.endpoint, new ManualClock(Date.now()), true);
    folder = await mkdtemp(join(tmpdir(), 'migrating-'));
    const local = await startEmbeddedDynamoDb({ folder });
    await createTables(local.endpoint, tableNames(await serviceName(), 'dev'));
    await local.stop();
  });
  afterAll(async () => {
    await running?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test('its SQL shows what there is, and no keys of other apps', async () => {
    await official.client.query(
      `INSERT INTO apps VALUES ('other', 0);
       INSERT INTO jwt_signing_keys SELECT 'other', 's-other', key_string, algorithm, created_at FROM jwt_signing_keys`,
    );
    const [sql, ...others] = SNIPPETS.filter(({ language }) => language === 'sql');
    expect(others).toEqual([]);
    const [users, sessions, keys] = (await official.client.query(sql?.text ?? '')) as unknown as { rows: object[] }[];
    expect(users?.rows).toEqual([{ app_id: 'public', recipe_id: 'emailpassword', count: '1' }]);
    expect(sessions?.rows).toEqual([{ app_id: 'public', tenant_id: 'public', count: String(OFFICIAL.rows.length) }]);
    expect(keys?.rows).toMatchObject([{ key_id: 's-8640b7fb-ab7d-4ede-88dc-ee72db0820c0', algorithm: 'RS256' }]);
  });

  test('its commands do what it says, one after the other', async () => {
    const lines = SNIPPETS.filter(({ language }) => language === 'sh').flatMap(commandsOf);
    expect(lines).toHaveLength(STEPS.length);
    for (const [index, { before, prints }] of STEPS.entries()) {
      await before?.();
      const line = lines[index] ?? '';
      expect({ line, ...(await run(line)) }).toMatchObject({
        code: EXIT.done,
        output: expect.stringContaining(prints),
      });
    }
    expect(await rowOf(official, freshHandle)).toBeUndefined();
  });

  test('it has no snippet that no test runs', () => {
    expect(new Set(SNIPPETS.map(({ language }) => language))).toEqual(new Set(['sh', 'sql']));
  });
});
