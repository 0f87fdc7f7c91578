import { createServer, type IncomingMessage, request } from 'node:http';
import { endpointLike } from '../fixtures/faulty-proxy.ts';
import { listenOnLoopback, stopServer } from '../fixtures/loopback.ts';

export interface Consumption {
  calls: number;
  /** In capacity units. */
  reads: number;
  writes: number;
}

/** Stands between a function and DynamoDB, and has DynamoDB tell what each call consumed. */
export interface CountingProxy {
  readonly endpoint: string;
  /** What has been consumed since the last time this was asked. */
  take(): Consumption;
  stop(): Promise<void>;
}

const READS = ['GetItem', 'Query', 'BatchGetItem', 'Scan'];

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  let consumed: Consumption = { calls: 0, reads: 0, writes: 0 };
  const server = createServer(async (incoming, outgoing) => {
    const operation = String(incoming.headers['x-amz-target']).replace(/^.*\./, '');
    const answer = await forward(target, incoming);
    consumed.calls++;
    consumed[READS.includes(operation) ? 'reads' : 'writes'] += unitsIn(answer.body);
    outgoing.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
  });
  const port = await listenOnLoopback(server);
  return {
    endpoint: endpointLike(target, port),
    take() {
      const taken = consumed;
      consumed = { calls: 0, reads: 0, writes: 0 };
      return taken;
    },
    async stop() {
      await stopServer(server);
    },
  };
}

async function forward(target: string, incoming: IncomingMessage): Promise<{ status: number; body: string }> {
  const asked = JSON.parse(await textOf(incoming)) as object;
  const payload = JSON.stringify({ ...asked, ReturnConsumedCapacity: 'TOTAL' });
  // The signature does not fit any more. The embedded DynamoDB checks the access key id alone.
  const headers = { ...incoming.headers, 'content-length': String(Buffer.byteLength(payload)) };
  return new Promise((resolve, reject) => {
    const forwarded = request(target, { method: incoming.method, headers }, async (answer) => {
      resolve({ status: answer.statusCode ?? 500, body: await textOf(answer) });
    });
    forwarded.on('error', reject);
    forwarded.end(payload);
  });
}

async function textOf(stream: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** A batch is answered with a list: an entry per table. */
function unitsIn(body: string): number {
  const { ConsumedCapacity = [] } = JSON.parse(body) as { ConsumedCapacity?: object | object[] };
  const entries = [ConsumedCapacity].flat() as { CapacityUnits?: number }[];
  return entries.reduce((total, { CapacityUnits = 0 }) => total + CapacityUnits, 0);
}
