import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { describeMigrating } from '../installation.ts';
import { readAll, withOfficial, writeAll } from '../official-records.ts';
import { seedManyUsers } from './many-official-users.ts';

const COUNT = 20_000;

/** Rows and index entries that PostgreSQL has looked at since the last reset, in all tables. */
async function touched({ client }: PostgresDatabase): Promise<number> {
  const { rows } = await client.query<{ touched: string }>(
    `SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes) AS touched`,
  );
  return Number(rows[0]?.touched);
}

describeMigrating(`${COUNT} users of an official core`, (servers) => {
  let database: PostgresDatabase;
  beforeAll(async () => {
    database = await servers().postgres.createDatabase();
    // PostgreSQL counts what a connection has done when it ends.
    const client = new pg.Client({ connectionString: database.address });
    await client.connect();
    await seedManyUsers({ ...database, client }, COUNT);
    await client.end();
    while ((await touched(database)) < COUNT) await sleep(100);
  });

  async function touchedBy(work: () => Promise<unknown>): Promise<number> {
    await database.client.query('SELECT pg_stat_reset()');
    await work();
    for (;;) {
      const count = await touched(database);
      if (count > 5 * COUNT) return count;
      await sleep(100);
    }
  }

  test('are read by keys: PostgreSQL looks at some rows for each user, and never at a whole table for each page', async () => {
    let read = 0;
    const count = await touchedBy(() =>
      withOfficial(database, async ({ users }) => {
        read = (await readAll(users)).records.size;
      }),
    );
    expect(read).toBe(COUNT * 1.1);
    expect(count).toBeLessThan(60 * COUNT);
  });

  test('are written by keys', async () => {
    const count = await touchedBy(() =>
      withOfficial(database, async ({ users }) => {
        const some = [...(await readAll(users)).records.values()].slice(0, 2000);
        for (let start = 0; start < some.length; start += 250) {
          const part = some.slice(start, start + 250);
          const changed = part.map((user) => ({ ...user, parts: { ...user.parts, metadata: `{"changed":${start}}` } }));
          const outcomes = await writeAll(users, changed);
          expect(new Set(outcomes.values())).toEqual(new Set(['written']));
        }
      }),
    );
    expect(count).toBeLessThan(80 * COUNT);
  });
});
