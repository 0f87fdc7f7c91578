import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CoreServerConfig, type CoreTables, readCoreServerConfig } from '../config/core-server-config.ts';
import { processEnvironment } from '../config/environment.ts';
import { ConfigurationError } from '../config/variables.ts';
import type { Core } from '../core/index.ts';
import type { Millis } from '../core/types.ts';
import { findAwsCredentials, NoAwsCredentials } from '../dev/aws-credentials.ts';
import { DataFolderInUse } from '../dev/data-folder.ts';
import { createTables, LOCAL_REGION, startEmbeddedDynamoDb } from '../dev/dynamodb.ts';
import { DataDamaged } from '../dev/stored-data.ts';
import { wrongUsage } from '../dev/wrong-usage.ts';
import { createDynamoDb } from '../dynamodb/client.ts';
import { type DynamoDbOptions, needsAwsCredentials } from '../dynamodb/connection.ts';
import { log } from '../observability/log.ts';
import { createCoreOn } from './core-on-tables.ts';
import { createCoreServer } from './http-server.ts';
import { HELP, readOptions, withOptions } from './options.ts';

/** How long a request may take after the server was stopped, ms. */
const DRAIN_TIME = 10_000;

/** How often the keys are looked at, ms: a hundred times per interval, within these bounds. */
const MIN_LOOK_PERIOD = 50;
const MAX_LOOK_PERIOD = 10 * 60_000;

/** `npm run core`: the core over HTTP, for backends in any language. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return void process.stdout.write(HELP);
  const config = readCoreServerConfig(withOptions(processEnvironment(), options));
  const stopped = signalled();
  const { db, tables, close } = await openStore(config.store);
  const core = createCoreOn(createDynamoDb(db), tables, config);
  const server = createCoreServer(core, { hasApiKeys: config.settings.apiKeys.length > 0, host: config.host });
  try {
    await listen(server, config);
    log('info', 'CoreListening', { url: `http://${config.host}:${config.port}${config.settings.basePath}` });
    const stopRotating = keepKeysAhead(core, config.settings.signingKeyInterval);
    await stopped;
    await drain(server);
    await stopRotating();
  } finally {
    await close();
  }
}

interface OpenedStore {
  readonly db: DynamoDbOptions;
  readonly tables: CoreTables;
  close(): Promise<void>;
}

async function openStore(store: CoreServerConfig['store']): Promise<OpenedStore> {
  if (store.kind === 'dynamodb') return openDynamoDb(store);
  const embedded = await startEmbeddedDynamoDb(store.folder === undefined ? {} : { folder: store.folder });
  const { endpoint } = embedded;
  await createTables(endpoint, store.tables);
  return { db: { endpoint, region: LOCAL_REGION }, tables: store.tables, close: embedded.stop };
}

/** Named tables are the stack's affair; a core that was given an endpoint and no names makes its own there. */
async function openDynamoDb(store: Extract<CoreServerConfig['store'], { kind: 'dynamodb' }>): Promise<OpenedStore> {
  const { endpoint, region, tables, areTablesNamed } = store;
  if (endpoint !== undefined && !areTablesNamed) await createTables(endpoint, tables, region);
  const address = { region, endpoint };
  const db = needsAwsCredentials(address) ? { ...address, credentials: await findAwsCredentials() } : address;
  return { db, tables, close: async () => undefined };
}

/**
 * Checks whether the next signing key is due, so that it is created in time even without requests.
 * @returns stops the checks, after a running check has ended
 */
function keepKeysAhead(core: Core, interval: Millis): () => Promise<void> {
  const period = Math.min(MAX_LOOK_PERIOD, Math.max(MIN_LOOK_PERIOD, interval / 100));
  const stopped = new AbortController();
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      // The core has reported the failure; the next look tries again.
      await core.rotateSigningKeyIfDue().catch(() => undefined);
      await sleep(period, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return () => {
    stopped.abort();
    return looking;
  };
}

async function listen(server: Server, { host, port }: CoreServerConfig): Promise<void> {
  server.listen({ host, port });
  await once(server, 'listening');
}

/** Answers the requests that have come, and accepts no more. */
async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const isLate = setTimeout(() => server.closeAllConnections(), DRAIN_TIME);
  await closed;
  clearTimeout(isLate);
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}

/** If you can fix a fault by yourself, its message has no stack. */
function describe(error: unknown): unknown {
  if (error instanceof ConfigurationError || error instanceof DataDamaged) return error.message;
  if (error instanceof DataFolderInUse)
    return `${error.message} Stop that process, or choose another folder: npm run core -- --data .data/core-2`;
  if (error instanceof NoAwsCredentials) return `There are no AWS credentials: ${error.message}`;
  const { code, port } = error as { code?: string; port?: number };
  return code === 'EADDRINUSE'
    ? `Port ${port} is taken. Choose another port: npm run core -- --port ${Number(port) + 1}`
    : error;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const usage = wrongUsage(error);
    console.error(usage ?? describe(error));
    process.exit(usage === undefined ? 1 : 2);
  },
);
