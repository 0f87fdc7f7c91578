import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createTables } from '../../lib/dev/dynamodb.ts';
import { serviceName } from '../../lib/dev/service.ts';
import { tableNames } from '../../lib/dev/tables.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { type PostgresDatabase, startPostgres } from '../fixtures/postgres.ts';
import { startDatabase } from './database.ts';
import { fillWithOfficialKeys } from './official-keys.ts';
import { seedOfficial } from './official-seed.ts';
import type { Progress } from './progress.ts';

export const PASSES = ['import', 'import again', 'export'] as const;
export type PassName = (typeof PASSES)[number];

export interface MigrateResult {
  readonly size: number;
  readonly pass: PassName;
  /** Of the whole command. */
  readonly seconds: number;
  readonly peakMb: number;
}

export interface MigrateOptions {
  readonly sizes: readonly number[];
  readonly progress: Progress;
}

const STAGE = 'bench';
const [, ...SCRIPT] = packageJson.scripts.migrate.split(' ');

/** Moves so many users into an empty stage, again, and out of it into an empty official core, each by the command itself. */
export async function measureMigration({ sizes, progress }: MigrateOptions): Promise<MigrateResult[]> {
  const results: MigrateResult[] = [];
  for (const size of sizes) {
    const postgres = await startPostgres();
    const dynamoDb = await startDatabase('on disk');
    try {
      progress.step(`storing ${size} users`);
      const [from, to] = [await postgres.createDatabase(), await postgres.createDatabase()];
      await fillWithOfficialKeys(from);
      await seedOfficial(from.client, size);
      await createTables(dynamoDb.endpoint, tableNames(await serviceName(), STAGE));
      for (const pass of PASSES) {
        progress.step(`${size} users: ${pass}`);
        const args = pass === 'export' ? ['export', '--to', to.address] : ['import', '--from', from.address];
        results.push({ size, pass, ...(await migrate(args, dynamoDb.endpoint)) });
      }
      await expectAllIn(to, size);
    } finally {
      await dynamoDb.stop();
      await postgres.stop();
    }
  }
  return results;
}

/** @throws Error if it fails, or does not move everything */
async function migrate(args: readonly string[], endpoint: string): Promise<Pick<MigrateResult, 'seconds' | 'peakMb'>> {
  const start = performance.now();
  const child = spawn(process.execPath, [...SCRIPT, ...args, '--endpoint', endpoint, '--stage', STAGE]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const kill = () => child.kill();
  process.once('exit', kill);
  const [code] = await once(child, 'exit');
  process.off('exit', kill);
  if (code !== 0) throw new Error(`npm run migrate -- ${args.join(' ')} ended with ${code}:\n${output.slice(-5000)}`);
  const peaks = [...output.matchAll(/peak memory (\d+) MB/g)].map(([, peak]) => Number(peak));
  return { seconds: (performance.now() - start) / 1000, peakMb: Math.max(...peaks) };
}

async function expectAllIn({ client }: PostgresDatabase, size: number): Promise<void> {
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM all_auth_recipe_users');
  if (Number(rows[0]?.count) !== size) throw new Error(`The export gave ${rows[0]?.count} users instead of ${size}`);
}
