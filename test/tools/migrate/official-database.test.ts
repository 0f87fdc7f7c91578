import { CommandFailed } from '../../../lib/tools/command-line.ts';
import { explainPostgres, isExposed } from '../../../lib/tools/migrate/connection.ts';
import { type OfficialDatabase, openOfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';
import type { PostgresDatabase } from '../../fixtures/postgres.ts';
import { describeMigrating, insert, someOfficialRow } from './installation.ts';

test.each([
  ['db.example.com', false, true],
  ['10.0.0.7', false, true],
  ['127.example.com', false, true],
  ['db.example.com', true, false],
  ['localhost', false, false],
  ['127.0.0.1', false, false],
  ['::1', false, false],
  ['/var/run/postgresql', false, false],
])('a connection to %s, by TLS: %s, can be read by others: %s', (host, ssl, expected) => {
  expect(isExposed({ host, ssl })).toBe(expected);
});

describeMigrating("an official core's database", (servers) => {
  let database: PostgresDatabase;
  let opened: OfficialDatabase;
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
    // More than are read ahead.
    await insert(
      database,
      'session_info',
      Array.from({ length: 2000 }, () => someOfficialRow()),
    );
  });
  beforeEach(async () => {
    opened = await openOfficialDatabase(database.address);
  });
  afterEach(() => opened.close());

  const breakConnection = () =>
    database.client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'supertokens-sessions-migrate'",
    );
  const failureOf = async (work: Promise<unknown>): Promise<unknown> => {
    try {
      return `no failure, but ${await work}`;
    } catch (error) {
      return explainPostgres(error);
    }
  };

  test('whose connection breaks while it is read fails, and does not wait for ever', async () => {
    const read = async (): Promise<void> => {
      for await (const _page of opened.sessions.pages()) await breakConnection();
    };
    expect(await failureOf(read())).toBeInstanceOf(CommandFailed);
    expect(await failureOf(opened.sessions.count())).toBeInstanceOf(CommandFailed);
  });

  test('is read in smaller pages where its rows are large', async () => {
    const large = await servers().postgres.createDatabase();
    const session_data = JSON.stringify({ a: 'x'.repeat(390_000) });
    await insert(
      large,
      'session_info',
      Array.from({ length: 50 }, () => someOfficialRow({ session_data })),
    );
    const read = await openOfficialDatabase(large.address);
    const sizes: number[] = [];
    for await (const { sessions } of read.sessions.pages()) sizes.push(sessions.length);
    await read.close();
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(50);
    expect(Math.max(...sizes) * session_data.length).toBeLessThan(5_000_000);
  });

  test('is read to its end though PostgreSQL limits how long a statement may take', async () => {
    await database.client.query("ALTER ROLE postgres SET statement_timeout = '50ms'");
    try {
      const limited = await openOfficialDatabase(database.address);
      await limited.query('SELECT pg_sleep(0.1)');
      await limited.close();
    } finally {
      await database.client.query('ALTER ROLE postgres RESET statement_timeout');
    }
  });

  test.each([
    ['no port', (address: string) => address.replace(/:\d+\//, ':99999/')],
    ['no host', (address: string) => address.replace('127.0.0.1', '[127')],
    ['no certificate file', (address: string) => `${address}?sslmode=verify-full&sslrootcert=/nowhere.pem`],
    ['no TLS there', (address: string) => `${address}?sslmode=verify-full`],
  ])('cannot be opened: %s', async (_what, change) => {
    const address = change(database.address.replace('postgres@', 'postgres:hidden@'));
    const failure = await failureOf(openOfficialDatabase(address));
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(String(failure)).not.toContain('hidden');
  });
});
