import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { newSession } from '../fixtures/cdi-session.ts';
import { type CoreProcess, startCore } from '../fixtures/core-process.ts';

// What a broken or hostile client sends to `npm run core`, byte by byte.

const MB = 1024 * 1024;

let core: CoreProcess;
beforeAll(async () => {
  core = await startCore();
  await coreAnswers();
});
afterAll(() => core?.stop());

const sessionText = (userId: string = randomUUID()) => JSON.stringify(newSession(userId));

const coreAnswers = async () => expect((await fetch(`${core.url}/hello`)).status).toBe(200);

async function sessionsOf(userId: string): Promise<readonly string[]> {
  const answer = await fetch(`${core.url}/recipe/session/user?userId=${userId}`);
  return ((await answer.json()) as { sessionHandles: string[] }).sessionHandles;
}

/** A connection whose errors count as its end: the core may close it while the client still sends. */
async function connected(): Promise<Socket> {
  const { hostname, port } = new URL(core.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

const head = (line: string, ...headers: readonly string[]) =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');

const post = (body: string, ...headers: readonly string[]) =>
  head('POST /recipe/session', `Content-Length: ${Buffer.byteLength(body)}`, ...headers) + body;

const written = (socket: Socket, data: string): Promise<boolean> =>
  new Promise((resolve) => socket.write(data, (error) => resolve(!error)));

/** All that the core sends until it closes the connection, however it does. */
async function received(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  await new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  socket.destroy();
  return answer;
}

async function answerTo(sent: string): Promise<string> {
  const socket = await connected();
  const answer = received(socket);
  await written(socket, sent);
  return answer;
}

const LAST = 'Connection: close';

describe('A body', () => {
  test('of 8 MB gets 413, also from a client that reads nothing before all is sent', async () => {
    const socket = await connected();
    expect(await written(socket, post('x'.repeat(8 * MB)))).toBe(true);
    expect(await received(socket)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('of unknown length gets 413 beyond 1 MB', async () => {
    const chunk = `${MB.toString(16)}\r\n${'x'.repeat(MB)}\r\n`;
    const sent = `${head('POST /recipe/session', 'Transfer-Encoding: chunked')}${chunk}1\r\nx\r\n0\r\n\r\n`;
    expect(await answerTo(sent)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('without an end is read no further than 16 MB', async () => {
    const socket = await connected();
    let isOpen = true;
    socket.once('close', () => (isOpen = false)).resume();
    const chunk = `${MB.toString(16)}\r\n${'x'.repeat(MB)}\r\n`;
    await written(socket, head('POST /recipe/session', 'Transfer-Encoding: chunked'));
    while (isOpen && (await written(socket, chunk)));
    socket.destroy();
    await coreAnswers();
  });

  test.each(['', '{', '[]', 'null', '"text"', '\u0000', '{"userId":'])('%j gets 400', async (body) => {
    const answer = await answerTo(post(body, LAST));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('\r\n\r\nInvalid Json Input\n');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', 'none'])(
    'of JSON is read as JSON, also if its type is said to be %s',
    async (type) => {
      expect(await answerTo(post(sessionText(), `Content-Type: ${type}`, LAST))).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  test('that breaks off changes nothing', async () => {
    const userId = randomUUID();
    const socket = await connected();
    await written(socket, post(sessionText(userId)).slice(0, -1));
    socket.destroy();
    await coreAnswers();
    expect(await sessionsOf(userId)).toEqual([]);
  });

  test('that comes slowly holds no other client up', async () => {
    const userId = randomUUID();
    const socket = await connected();
    const answer = received(socket);
    const sent = post(sessionText(userId), LAST);
    for (let start = 0; start < sent.length; start += 50) {
      await written(socket, sent.slice(start, start + 50));
      await coreAnswers();
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await sessionsOf(userId)).toHaveLength(1);
  });
});

describe('A request', () => {
  test.each([
    ['without a host', 400, 'GET /hello HTTP/1.1\r\n\r\n'],
    ['that is no HTTP', 400, 'hello\r\n\r\n'],
    ['of HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['of two lengths', 400, head('POST /hello', 'Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['whose path is no percent-encoding', 404, head('GET /recipe/%zz', LAST)],
    ['whose query is no percent-encoding', 200, head('GET /recipe/session?sessionHandle=%zz', LAST)],
    ['that expects what no server does', 417, head('GET /hello', 'Expect: more', LAST)],
    ['to upgrade gets an answer of HTTP/1.1', 200, head('GET /hello', 'Upgrade: websocket', LAST)],
    ['of a method without a meaning', 405, head('PATCH /hello', LAST)],
  ])('%s: %i', async (_what, status, sent) => {
    expect(await answerTo(sent)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await coreAnswers();
  });

  test.each([
    ['has 5,000 headers', head('GET /hello', ...Array.from({ length: 5000 }, (_, index) => `x-${index}: 1`))],
    ['has a header of 64 KB', head('GET /hello', `x: ${'x'.repeat(64 * 1024)}`)],
    ['has an address of 64 KB', head(`GET /recipe/session/user?userId=${'u'.repeat(64 * 1024)}`)],
  ])('that %s is not answered, but refused', async (_what, sent) => {
    // A connection that is closed before all was read can lose the refusal.
    expect(await answerTo(sent)).toMatch(/^(HTTP\/1\.1 431 |$)/);
    await coreAnswers();
  });

  test('to connect to another host ends the connection', async () => {
    expect(await answerTo(head('CONNECT example.com:443'))).toBe('');
    await coreAnswers();
  });
});

test('requests that are sent at once on one connection are answered in their order', async () => {
  const userId = randomUUID();
  const list = `GET /recipe/session/user?userId=${userId}`;
  const answers = await answerTo(head('GET /apiversion') + post(sessionText(userId)) + head('GET /nothing', LAST));
  expect(answers.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
  expect(answers.indexOf('"versions"')).toBeLessThan(answers.indexOf('"accessToken"'));
  expect(await answerTo(head(list, LAST))).toContain('"status":"OK"');
});

test('a client that half-closes its connection ends it, and its request may have been carried out', async () => {
  const userId = randomUUID();
  const socket = await connected();
  const answer = received(socket);
  socket.end(post(sessionText(userId)));
  expect(['', 'HTTP/1.1 200']).toContain((await answer).slice(0, 'HTTP/1.1 200'.length));
  await coreAnswers();
  expect((await sessionsOf(userId)).length).toBeLessThanOrEqual(1);
});

test('none of it is logged as a failure of the core', () => {
  const lines = core.output().trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { level: string; message: string });
  expect(entries.filter(({ level }) => level !== 'info')).toEqual([]);
  expect(new Set(entries.map(({ message }) => message))).toEqual(new Set(['CoreListening', 'SigningKeyMade']));
});
