import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { EXIT } from '../../../lib/tools/command-line.ts';
import { type PostgresDatabase, WITH_PASSWORD } from '../../fixtures/postgres.ts';
import { describeMigrating, fillWithRecording } from './installation.ts';

describeMigrating('a PostgreSQL that asks for a password', (servers) => {
  let database: PostgresDatabase;
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
    await fillWithRecording(database);
    await database.client.query(
      `CREATE ROLE ${WITH_PASSWORD} LOGIN PASSWORD 'right'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${WITH_PASSWORD}`,
    );
  });

  /** Runs the command as a process: an open connection would keep it from ending. */
  async function dryRun(password?: string): Promise<{ code: number | null; output: string }> {
    const { PGPASSWORD: _password, ...environment } = process.env;
    const address = database.address.replace('postgres@', `${WITH_PASSWORD}@`);
    const args = ['import', '--from', address, '--dry-run', '--endpoint', servers().dynamoDb.endpoint];
    const child = spawn(process.execPath, ['lib/tools/migrate/main.ts', ...args], {
      env: { ...environment, HOME: '/nowhere', ...(password !== undefined && { PGPASSWORD: password }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: child.exitCode, output: output + errors };
  }

  test.each([undefined, ''])(
    'is rejected at once without one, and the message names PGPASSWORD (%j)',
    async (password) => {
      const { code, output } = await dryRun(password);
      expect(output).toMatch(/Cannot connect to PostgreSQL at .*: it asks for a password\. Set PGPASSWORD/);
      expect(output).not.toContain('SASL');
      expect(code).toBe(EXIT.failed);
    },
  );

  test('rejects a wrong one', async () => {
    const { code, output } = await dryRun('wrong');
    expect(output).toContain(`password authentication failed for user "${WITH_PASSWORD}"`);
    expect(code).toBe(EXIT.failed);
  });
});
