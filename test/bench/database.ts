import type { TableNames } from '../../lib/local/tables.ts';
import { startChild } from './child-process.ts';
import type { DatabaseTasks } from './database-process.ts';

/** An embedded DynamoDB in memory, in a process of its own, whose CPU time is nobody else's. */
export interface BenchDatabase {
  readonly endpoint: string;
  readonly tables: TableNames;
  /** Stores so many sessions, each of a user of its own unless one is named. */
  seed(count: number, userId?: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startDatabase(): Promise<BenchDatabase> {
  // A million sessions take more than Node.js would by itself allow.
  const child = startChild<DatabaseTasks>('./database-process.ts', { nodeOptions: ['--max-old-space-size=12288'] });
  const { endpoint, tables } = await child.ask('start', {});
  return {
    endpoint,
    tables,
    seed: (count, userId) => child.ask('seed', { count, ...(userId !== undefined && { userId }) }),
    stop: child.stop,
  };
}
