import { readFileSync } from 'node:fs';
import type { PostgresDatabase } from '../fixtures/postgres.ts';

type Tables = Readonly<Record<string, readonly object[]>>;

const RECORDED = new URL('../fixtures/official-rows.json', import.meta.url);

/** The keys and the secret that were recorded from an official core. */
export async function fillWithOfficialKeys({ client }: PostgresDatabase): Promise<void> {
  const { tables } = JSON.parse(readFileSync(RECORDED, 'utf8')) as { readonly tables: Tables };
  for (const [table, rows] of Object.entries(tables)) {
    if (table === 'session_info') continue;
    await client.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [
      JSON.stringify(rows),
    ]);
  }
}
