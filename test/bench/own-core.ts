import { startCore } from '../fixtures/core-process.ts';
import type { BenchDatabase } from './database.ts';

/** `npm run core`, in memory unless told otherwise; it does not outlive this process, however that ends. */
export async function startOwnCore(environment: Readonly<Record<string, string>> = {}) {
  const { url, child, stop } = await startCore(environment);
  const kill = () => child.kill();
  process.once('exit', kill);
  return {
    url,
    pid: child.pid ?? 0,
    async stop(): Promise<void> {
      process.off('exit', kill);
      await stop();
    },
  };
}

/** {@link startOwnCore}, with users, on the tables of a database. */
export const startOwnCoreOn = (
  { endpoint, tables }: Pick<BenchDatabase, 'endpoint' | 'tables'>,
  environment: Readonly<Record<string, string>> = {},
) =>
  startOwnCore({
    DYNAMODB_ENDPOINT: endpoint,
    SESSIONS_TABLE: tables.sessions,
    KEYS_TABLE: tables.keys,
    PUBLISHED_KEYS_TABLE: tables.publishedKeys,
    CORE_USERS_TABLE: tables.coreUsers,
    ...environment,
  });

/** Without a handler a signal ends a process at once, and what it has started would go on running. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}
