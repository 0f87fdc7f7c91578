import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { codeOf, createCall } from '../dynamodb/call.ts';
import { DynamoDbError } from '../dynamodb/errors.ts';
import { lock } from './data-folder.ts';
import { foreignRequest } from './foreign-request.ts';
import { prepareStoredData } from './stored-data.ts';
import { TABLES, type TableNames } from './tables.ts';

export const LOCAL_REGION = 'us-east-1';

export interface EmbeddedDynamoDb {
  /** With the access key id that it requires, as `http://<access key id>@127.0.0.1:<port>`. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Where the data is kept; in memory if absent. */
  readonly folder?: string;
  /** Deletes what the folder has. */
  readonly fresh?: boolean;
  /** Any free one if absent. */
  readonly port?: number;
  /** The access key id that requests must be signed with; a random one if absent. */
  readonly accessKeyId?: string;
}

/**
 * Starts an embedded DynamoDB (dynalite) on the loopback interface. Only programs that know its endpoint can use it: web
 * pages and other programs that find the port cannot.
 * @throws DataFolderInUse
 * @throws DataDamaged
 */
export async function startEmbeddedDynamoDb(options: EmbeddedOptions = {}): Promise<EmbeddedDynamoDb> {
  const { folder, fresh = false, port = 0, accessKeyId = randomUUID() } = options;
  const locked = folder === undefined ? undefined : await lock(folder);
  const server = await listeningServer({ folder, fresh, port, accessKeyId }).catch(async (error: unknown) => {
    await locked?.unlock();
    throw error;
  });
  const endpoint = `http://${accessKeyId}@127.0.0.1:${(server.address() as AddressInfo).port}`;
  await locked?.tell(endpoint);
  return {
    endpoint,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      // Clients keep their connections open, but all their requests have been answered.
      server.closeAllConnections();
      await closed;
      await locked?.unlock();
    },
  };
}

type ServerOptions = Required<Omit<EmbeddedOptions, 'folder'>> & { readonly folder: string | undefined };

async function listeningServer({ folder, fresh, port, accessKeyId }: ServerOptions): Promise<Server> {
  if (folder !== undefined) await prepareStoredData(folder, fresh);
  // Only here: a core on another DynamoDB needs none of it, and it takes memory.
  const { default: dynalite } = await import('dynalite');
  const server = dynalite({
    ...(folder !== undefined && { path: join(folder, 'dynamodb') }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  guard(server, accessKeyId);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** dynalite answers any signature, and any web page, and ends with a client that breaks off. */
function guard(server: Server, accessKeyId: string): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const foreign = foreignRequest(request.headers);
    if (foreign !== undefined) return refuse(response, 403, 'AccessDeniedException', foreign);
    if (!request.headers.authorization?.includes(`Credential=${accessKeyId}/`)) {
      return refuse(
        response,
        400,
        'UnrecognizedClientException',
        'The access key id does not belong to this DynamoDB.',
      );
    }
    for (const listener of listeners) listener.call(server, request, response);
    // dynalite would end the process if a client breaks off in the middle of its request.
    request.removeAllListeners('error').on('error', () => undefined);
  });
}

/** In the form of DynamoDB's own errors. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', connection: 'close' });
  response.end(JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message }));
}

/** What CreateTable needs of a table, by the names that CloudFormation has for it too. */
export interface TableDefinition {
  readonly TableName: string;
  readonly AttributeDefinitions: readonly object[];
  readonly KeySchema: readonly object[];
  readonly GlobalSecondaryIndexes?: readonly object[];
  readonly LocalSecondaryIndexes?: readonly object[];
}

/** The tables that are wanted. */
type SomeTableNames = { readonly [Purpose in keyof TableNames]?: string | undefined };

/** Creates the engine's tables that have a name and do not exist yet, and waits until they can be used. */
export async function createTables(endpoint: string, names: SomeTableNames, region = LOCAL_REGION): Promise<void> {
  const definitions = Object.entries(TABLES).flatMap(([purpose, keys]) => {
    const TableName = names[purpose as keyof TableNames];
    return TableName === undefined ? [] : [definitionOf(TableName, keys)];
  });
  await createDefinedTables(endpoint, definitions, region);
}

const definitionOf = (TableName: string, keys: readonly string[]): TableDefinition => ({
  TableName,
  AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
});

/** Creates the tables that do not exist yet, and waits until they can be used. */
export async function createDefinedTables(
  endpoint: string,
  definitions: readonly TableDefinition[],
  region = LOCAL_REGION,
): Promise<void> {
  const call = createCall({ endpoint, region });
  const statusOf = async (TableName: string) => {
    const { Table } = await call('DescribeTable', { TableName });
    return (Table as { readonly TableStatus: string }).TableStatus;
  };
  for (const definition of definitions) {
    const { TableName } = definition;
    await call('CreateTable', { ...definition, BillingMode: 'PAY_PER_REQUEST' }).catch(unlessInUse);
    while ((await statusOf(TableName)) !== 'ACTIVE') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function unlessInUse(error: unknown): void {
  if (!(error instanceof DynamoDbError) || codeOf(error.cause) !== 'ResourceInUseException') throw error;
}
