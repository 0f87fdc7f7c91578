import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../fixtures/free-port.ts';
import { type LocalFunctions, startLocalFunctions } from '../fixtures/local-functions.ts';

type Message = Readonly<Record<string, unknown>>;

/** The inspector's protocol with one worker thread, as VS Code speaks it. */
interface ThreadDebugger {
  send(method: string, params?: Message): Promise<Message>;
  /** The next event of a name, of those that have not been taken. */
  event(method: string, isIt?: (params: Message) => boolean): Promise<Message>;
}

const SOURCE = `export const handler = async (event) => {
  const name: string = event.queryStringParameters.name;
  const greeting = 'Hello, ' + name;
  return { statusCode: 200, body: greeting };
};`;
const BREAKPOINT_LINE = 4;

let service: LocalFunctions;
let inspectPort: number;
let socket: WebSocket;
beforeAll(async () => {
  inspectPort = await freePort();
  const greeted = { source: SOURCE, settings: 'timeout: 1' };
  service = await startLocalFunctions('debugger', { greeted }, { inspectPort });
  const targets = (await (await fetch(`http://127.0.0.1:${inspectPort}/json/list`)).json()) as Message[];
  socket = new WebSocket(String(targets[0]?.webSocketDebuggerUrl));
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
}, 300_000);
afterAll(async () => {
  socket?.close();
  await service?.stop();
});

/** Attaches to the one worker thread that runs. */
async function attachToThread(): Promise<ThreadDebugger> {
  const events: Message[] = [];
  const answers = new Map<number, (result: Message) => void>();
  let wake: () => void = () => undefined;
  const { promise: attached, resolve } = Promise.withResolvers<string>();
  let lastId = 1;
  socket.addEventListener('message', ({ data }) => {
    const { method, params } = JSON.parse(String(data)) as { method?: string; params: Message };
    if (method === 'NodeWorker.attachedToWorker') resolve(String(params.sessionId));
    if (method !== 'NodeWorker.receivedMessageFromWorker') return;
    const message = JSON.parse(String(params.message)) as Message;
    if (typeof message.id === 'number') answers.get(message.id)?.(message.result as Message);
    else events.push(message);
    wake();
  });
  socket.send(JSON.stringify({ id: 1, method: 'NodeWorker.enable', params: { waitForDebuggerOnStart: false } }));
  const sessionId = await attached;
  return {
    send(method, params = {}) {
      const id = ++lastId;
      const message = JSON.stringify({ id, method, params });
      socket.send(JSON.stringify({ id, method: 'NodeWorker.sendMessageToWorker', params: { sessionId, message } }));
      return new Promise((answer) => answers.set(id, answer));
    },
    async event(method, isIt = () => true) {
      for (;;) {
        const index = events.findIndex((event) => event.method === method && isIt(event.params as Message));
        if (index >= 0) return events.splice(index, 1)[0]?.params as Message;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Where a line of the source is in the bundle. Lines and columns count from 0, as in the protocol. */
function placeInBundle(bundle: string, line: number): { lineNumber: number; columnNumber: number } {
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')));
  for (const [lineNumber, text] of readFileSync(bundle, 'utf8').split('\n').entries()) {
    for (let columnNumber = 0; columnNumber <= text.length; columnNumber++) {
      const entry = map.findEntry(lineNumber, columnNumber);
      const isOurs = 'originalSource' in entry && entry.originalSource.endsWith('/greeted.ts');
      if (isOurs && entry.originalLine === line - 1) return { lineNumber, columnNumber };
    }
  }
  throw new Error(`${bundle} has no line ${line} of the source`);
}

test('a breakpoint in a handler holds the request, past its time limit, and shows the variables', async () => {
  const greet = (): Promise<Response> => fetch(`${service.url}/greeted?name=Ada`);
  expect((await greet()).status).toBe(200);
  const thread = await attachToThread();
  await thread.send('Debugger.enable');
  const isBundle = ({ url }: Message): boolean => String(url).endsWith('/greeted.cjs');
  const { url, scriptId, sourceMapURL } = await thread.event('Debugger.scriptParsed', isBundle);
  const bundle = fileURLToPath(String(url));
  expect(join(dirname(bundle), String(sourceMapURL))).toBe(`${bundle}.map`);
  await thread.send('Debugger.setBreakpoint', { location: { scriptId, ...placeInBundle(bundle, BREAKPOINT_LINE) } });
  const answered = greet();
  const { callFrames } = await thread.event('Debugger.paused');
  // The function may take 1 s. A breakpoint may take longer.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const [{ callFrameId, functionName }] = callFrames as [{ callFrameId: string; functionName: string }];
  expect(functionName).toBe('handler');
  const { result } = await thread.send('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'greeting' });
  expect(result).toMatchObject({ value: 'Hello, Ada' });
  await thread.send('Debugger.resume');
  const response = await answered;
  expect([response.status, await response.text()]).toEqual([200, 'Hello, Ada']);
});

test('Chrome finds the threads of the functions too', async () => {
  const { promise, resolve } = Promise.withResolvers<Message>();
  socket.addEventListener('message', ({ data }) => {
    const { method, params } = JSON.parse(String(data)) as { method?: string; params: Message };
    if (method === 'Target.targetCreated') resolve(params.targetInfo as Message);
  });
  const enable = { method: 'Target.setAutoAttach', params: { autoAttach: true, waitForDebuggerOnStart: false } };
  socket.send(JSON.stringify({ id: 1000, ...enable }));
  await fetch(`${service.url}/health`);
  expect(await promise).toMatchObject({ type: 'node_worker' });
});
