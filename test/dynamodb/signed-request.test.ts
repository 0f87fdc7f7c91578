import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSignedRequests, type SignedAnswer } from '../../lib/dynamodb/signed-request.ts';

type Reply = (response: ServerResponse) => void;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Sends a request to a server that replies so. */
async function ask(reply: Reply, timeout = 60_000): Promise<SignedAnswer> {
  const server = createServer((_request, response) => reply(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close().closeAllConnections());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const credentials = async () => ({ accessKeyId: 'ID', secretAccessKey: 'secret' });
  const send = createSignedRequests({ url, region: 'eu-west-1', credentials }, 'dynamodb');
  return send({ headers: {}, body: '{}', timeout });
}

test('an answer is complete when its last part has come, even if the parts split a character', async () => {
  const bytes = Buffer.from('{"name":"Zoë"}');
  const cut = bytes.indexOf(0xc3) + 1;
  const answer = ask((response) => {
    response.writeHead(400, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, cut), () => void setImmediate(() => response.end(bytes.subarray(cut))));
  });
  await expect(answer).resolves.toMatchObject({ statusCode: 400, body: '{"name":"Zoë"}' });
});

test.each<[when: string, reply: Reply]>([
  ['before its answer', (response) => response.destroy()],
  ['within an answer of known length', (response) => breakOff(response.writeHead(200, { 'content-length': 99 }))],
  ['within an answer of chunks', (response) => breakOff(response.writeHead(200))],
])('a connection that breaks %s is an error', async (_when, reply) => {
  await expect(ask(reply)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

const breakOff = (response: ServerResponse): void => void response.write('{"', () => response.destroy());

test.each<[what: string, reply: Reply]>([
  ['sends nothing', () => undefined],
  ['stops within its answer', (response) => response.writeHead(200).write('{"')],
])('a server that %s is given up when the time is over, and its connection is closed', async (_what, reply) => {
  const closed = Promise.withResolvers<void>();
  const answer = ask((response) => {
    response.on('close', closed.resolve);
    reply(response);
  }, 50);
  await expect(answer).rejects.toThrow('No response came within 50 ms');
  await closed.promise;
});
