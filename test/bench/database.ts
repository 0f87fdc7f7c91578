import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableNames } from '../../lib/dev/tables.ts';
import { startChild } from './child-process.ts';
import type { DatabaseTasks, SeededUser } from './database-process.ts';

/** An embedded DynamoDB in a process of its own, with a CPU time of its own. */
export interface BenchDatabase {
  readonly pid: number;
  readonly endpoint: string;
  readonly tables: TableNames;
  /** Stores so many sessions, each of a user of its own unless one is named. */
  seed(count: number, userId?: string): Promise<void>;
  /** Stores users who all have the same password. */
  seedUsers(users: readonly SeededUser[], passwordHash: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param where a million sessions are stored twice as fast on the disk, and take 700 MB there */
export async function startDatabase(where: 'in memory' | 'on disk' = 'in memory'): Promise<BenchDatabase> {
  const folder = where === 'on disk' ? await mkdtemp(join(tmpdir(), 'bench-database-')) : undefined;
  const child = startChild<DatabaseTasks>('./database-process.ts');
  const { endpoint, tables } = await child.ask('start', { ...(folder !== undefined && { folder }) });
  return {
    pid: child.pid,
    endpoint,
    tables,
    seed: (count, userId) => child.ask('seed', { count, ...(userId !== undefined && { userId }) }),
    seedUsers: (users, passwordHash) => child.ask('seedUsers', { users, passwordHash }),
    async stop() {
      await child.stop();
      if (folder !== undefined) await rm(folder, { recursive: true });
    },
  };
}
