import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createTables } from '../../lib/dev/dynamodb.ts';
import { serviceName } from '../../lib/dev/service.ts';
import { tableNames } from '../../lib/dev/tables.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { type PostgresDatabase, startPostgres } from '../fixtures/postgres.ts';
import { type Consumption, startCountingProxy } from './counting-proxy.ts';
import { type BenchDatabase, startDatabase } from './database.ts';
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

/** An official core with users, an empty stage, and an official core without users. */
interface Sides {
  readonly from: PostgresDatabase;
  readonly to: PostgresDatabase;
  readonly dynamoDb: BenchDatabase;
}

async function withSides<T>(size: number, work: (sides: Sides) => Promise<T>): Promise<T> {
  const postgres = await startPostgres();
  process.once('exit', postgres.kill);
  const dynamoDb = await startDatabase('on disk');
  try {
    const [from, to] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await fillWithOfficialKeys(from);
    await seedOfficial(from.client, size);
    await createTables(dynamoDb.endpoint, tableNames(await serviceName(), STAGE));
    return await work({ from, to, dynamoDb });
  } finally {
    await dynamoDb.stop();
    process.off('exit', postgres.kill);
    await postgres.stop();
  }
}

const argsOf = (pass: PassName, { from, to }: Sides): string[] =>
  pass === 'export' ? ['export', '--to', to.address] : ['import', '--from', from.address];

/** Moves so many users into an empty stage, again, and out of it into an empty official core, each by the command itself. */
export async function measureMigration({ sizes, progress }: MigrateOptions): Promise<MigrateResult[]> {
  const results: MigrateResult[] = [];
  for (const size of sizes) {
    progress.step(`storing ${size} users`);
    await withSides(size, async (sides) => {
      for (const pass of PASSES) {
        progress.step(`${size} users: ${pass}`);
        const result = { size, pass, ...(await migrate(argsOf(pass, sides), sides.dynamoDb.endpoint)) };
        progress.within(`${result.seconds.toFixed(1)} s, ${result.peakMb} MB`);
        results.push(result);
      }
      await expectAllIn(sides.to, size);
    });
  }
  return results;
}

/** What a pass asks of DynamoDB, per user. */
export interface MigrateUnits extends Consumption {
  readonly pass: PassName;
}

/** Enough that what a pass asks once for all does not count. */
const COUNTED_SIZE = 1000;

/** The capacity that each pass consumes. It depends neither on the machine nor on its load. */
export async function measureUnits(): Promise<MigrateUnits[]> {
  return withSides(COUNTED_SIZE, async (sides) => {
    const proxy = await startCountingProxy(sides.dynamoDb.endpoint);
    const units: MigrateUnits[] = [];
    for (const pass of PASSES) {
      await migrate(argsOf(pass, sides), proxy.endpoint);
      const { calls, reads, writes } = proxy.take();
      units.push({ pass, calls: calls / COUNTED_SIZE, reads: reads / COUNTED_SIZE, writes: writes / COUNTED_SIZE });
    }
    await proxy.stop();
    return units;
  });
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
