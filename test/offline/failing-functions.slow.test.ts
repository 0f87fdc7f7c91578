import { type LocalFunctions, startLocalFunctions } from '../fixtures/local-functions.ts';

const FUNCTIONS = {
  leavesRejection: {
    source: `export const handler = async () => {
  void Promise.reject(new Error('left alone'));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};`,
  },
  rejectsLater: {
    source: `export const handler = async () => {
  setTimeout(() => void Promise.reject(new Error('after the answer')), 50);
  return { statusCode: 200 };
};`,
  },
  exits: { source: `export const handler = async () => process.exit(0);` },
  throws: { source: `export const handler = async () => {\n  throw new TypeError('no such field');\n};` },
  cannotLoad: { source: `\nexport const handler = globalThis.missing.handler;` },
  exportsNothing: { source: `export const other = 1;` },
  takesCallback: { source: `export const handler = (_event, _context, callback) => callback(null, {});` },
  takesLong: {
    source: `export const handler = async () => {\n  for (;;) {}\n};`,
    settings: 'timeout: 1',
  },
  returnsBody: { source: `export const handler = async () => ({ statusCode: 200, body: { ok: true } });` },
  returnsCircle: { source: `const circle = {};\ncircle.self = circle;\nexport const handler = async () => circle;` },
  returnsText: { source: `export const handler = async () => 'a text';` },
  returnsObject: { source: `export const handler = async () => ({ notes: [] });` },
  returnsNothing: { source: `export const handler = async () => undefined;` },
} as const;

let service: LocalFunctions;
beforeAll(async () => {
  service = await startLocalFunctions('failing-functions', FUNCTIONS);
}, 300_000);
afterAll(() => service?.stop());

const get = (name: keyof typeof FUNCTIONS): Promise<Response> => fetch(`${service.url}/${name}`);

async function untilPrinted(text: string): Promise<void> {
  const deadline = Date.now() + 240_000;
  while (!service.output().includes(text)) {
    if (Date.now() > deadline) throw new Error(`"${text}" is not in:\n${service.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// The places are those of the sources. `handler` is a function of that name.
test.each([
  ['leavesRejection', 'leavesRejection failed: Error: left alone\n    at handler (', 'leavesRejection.ts:2:23)'],
  ['exits', 'exits failed: The function called process.exit(0)', ''],
  ['throws', 'throws failed: TypeError: no such field\n    at handler (', 'throws.ts:2:9)'],
  ['cannotLoad', 'cannotLoad failed: TypeError: Cannot read properties of undefined', 'cannotLoad.ts:2:43)'],
  [
    'exportsNothing',
    'exportsNothing failed: Error: .build/failing-functions/exportsNothing.handler is not an exported function',
    '',
  ],
  ['takesCallback', 'takesCallback failed: Error: .build/failing-functions/takesCallback.handler takes a callback', ''],
  ['takesLong', 'takesLong failed: Task timed out after 1.00 seconds', ''],
  ['returnsBody', 'returnsBody failed: The body must be a string, not object. Use JSON.stringify.', ''],
  ['returnsCircle', 'returnsCircle failed: TypeError: Converting circular structure to JSON', ''],
] as const)('a function that %s: 500 without details, the reason in the output, and the API goes on', async (...is) => {
  const [name, reason, place] = is;
  for (const _time of ['first', 'second']) {
    const response = await get(name);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"message":"Internal Server Error"}');
  }
  await untilPrinted(reason);
  await untilPrinted(place);
  expect((await fetch(`${service.url}/health`)).status).toBe(200);
});

test('a rejection after the answer is printed, and the function starts again', async () => {
  expect((await get('rejectsLater')).status).toBe(200);
  await untilPrinted('rejectsLater failed after its response: Error: after the answer');
  expect((await get('rejectsLater')).status).toBe(200);
});

test.each([
  ['returnsText', 'a text'],
  ['returnsObject', '{"notes":[]}'],
  ['returnsNothing', 'null'],
] as const)('payload 2.0: a function that %s without a status gives 200', async (name, body) => {
  const response = await get(name);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch('application/json');
  expect(await response.text()).toBe(body);
});
