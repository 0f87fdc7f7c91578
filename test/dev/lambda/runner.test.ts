import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import FunctionRunner from '../../../lib/dev/lambda/runner.ts';

const EVENT = JSON.parse(readFileSync('test/fixtures/events/http-api-v2.json', 'utf8')) as object;
const AUTHORIZER_EVENT = JSON.parse(readFileSync('test/fixtures/events/authorizer-http-api-v2.json', 'utf8')) as object;

let folder: string;
let printed: jest.SpyInstance;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runner-'));
  printed = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  printed.mockRestore();
  rmSync(folder, { recursive: true, force: true });
});

function runnerOf(source: string, timeout = 60_000): FunctionRunner {
  writeFileSync(join(folder, 'mine.cjs'), source);
  return new FunctionRunner({ codeDir: folder, handler: 'mine.handler', functionKey: 'mine', timeout }, process.env);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('a rebuild lets the old code answer what it has begun', async () => {
  const begun = join(folder, 'begun');
  const goOn = join(folder, 'go-on');
  const runner = runnerOf(`const { existsSync, writeFileSync } = require('node:fs');
exports.handler = async () => {
  writeFileSync(${JSON.stringify(begun)}, '');
  while (!existsSync(${JSON.stringify(goOn)})) await new Promise((resolve) => setTimeout(resolve, 10));
  return { statusCode: 200, body: 'old code' };
};`);
  const answered = runner.run(EVENT, {});
  await until(() => existsSync(begun));
  runner.cleanup();
  writeFileSync(goOn, '');
  expect(await answered).toMatchObject({ statusCode: 200, body: 'old code' });
});

test('a function keeps its state from one request to the next, and loses it when it fails', async () => {
  const runner = runnerOf(`let count = 0;
exports.handler = async ({ fail }) => {
  if (fail) process.exit(1);
  return { statusCode: 200, body: String(++count) };
};`);
  const ask = (event: object): Promise<unknown> => runner.run({ ...EVENT, ...event }, {});
  expect([await ask({}), await ask({})]).toMatchObject([{ body: '1' }, { body: '2' }]);
  expect(await ask({ fail: true })).toMatchObject({ statusCode: 500 });
  expect(printed).toHaveBeenCalledWith('mine failed: The function called process.exit(1)\n');
  expect(await ask({})).toMatchObject({ body: '1' });
  runner.cleanup();
});

test('the handler gets the time that is left', async () => {
  const runner = runnerOf(`exports.handler = async (_event, context) => context.getRemainingTimeInMillis();`, 30_000);
  const remaining = Number(await runner.run(AUTHORIZER_EVENT, {}));
  expect(remaining).toBeGreaterThan(0);
  expect(remaining).toBeLessThanOrEqual(30_000);
  runner.cleanup();
});

test("an authorizer's answer is none of ours, and its failure is an error", async () => {
  const runner = runnerOf(`exports.handler = async ({ fail }) => {
  if (fail) throw new Error('no');
  return { isAuthorized: true };
};`);
  expect(await runner.run(AUTHORIZER_EVENT, {})).toEqual({ isAuthorized: true });
  await expect(runner.run({ ...AUTHORIZER_EVENT, fail: true }, {})).rejects.toThrow('The function mine failed');
  expect(printed).toHaveBeenCalledWith(expect.stringMatching(/^mine failed: Error: no\n {4}at exports\.handler \(/));
  runner.cleanup();
});

test('a function whose last build failed: 500, and the terminal says where to look', async () => {
  const runner = runnerOf('');
  rmSync(join(folder, 'mine.cjs'));
  expect(await runner.run(EVENT, {})).toMatchObject({ statusCode: 500 });
  expect(printed).toHaveBeenCalledWith(
    'mine failed: Error: mine.handler is not built. If its last build failed, the reason is above\n',
  );
});

describe('the time limit', () => {
  const TIMEOUT = 60_000;
  const LOADING = 10_000;
  const everythingElse = ['nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;
  beforeEach(() => {
    const others = ['Date', 'hrtime', 'setInterval', 'clearInterval', ...everythingElse] as const;
    jest.useFakeTimers({ doNotFake: [...others] });
  });
  afterEach(() => jest.useRealTimers());

  const pollUntil = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  };

  /** Blocks its thread until the file exists. */
  const waitFor = (file: string) =>
    `while (!require('node:fs').existsSync(${JSON.stringify(file)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);`;
  const write = (file: string) => `require('node:fs').writeFileSync(${JSON.stringify(file)}, '');`;

  test('begins when the function is loaded, as in Lambda', async () => {
    const [loading, goOn] = [join(folder, 'loading'), join(folder, 'go-on')];
    const loads = `${write(loading)} ${waitFor(goOn)}`;
    const runner = runnerOf(`${loads} exports.handler = async () => ({ statusCode: 200, body: 'loaded' });`, TIMEOUT);
    const answered = runner.run(EVENT, {});
    await pollUntil(() => existsSync(loading));
    jest.advanceTimersByTime(LOADING + TIMEOUT - 1);
    writeFileSync(goOn, '');
    expect(await answered).toMatchObject({ statusCode: 200, body: 'loaded' });
    runner.cleanup();
  });

  test('ends a function that does not answer', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const runner = runnerOf('exports.handler = () => new Promise(() => undefined);', TIMEOUT);
    const answered = runner.run(EVENT, {});
    await pollUntil(() => timers.mock.calls.some(([, time]) => time === TIMEOUT));
    jest.advanceTimersByTime(TIMEOUT);
    expect(await answered).toMatchObject({ statusCode: 500 });
    expect(printed).toHaveBeenCalledWith('mine failed: Task timed out after 60.00 seconds\n');
  });

  test('ends a function that is never loaded', async () => {
    const loading = join(folder, 'loading');
    const runner = runnerOf(`${write(loading)} ${waitFor(join(folder, 'never'))}`, TIMEOUT);
    const answered = runner.run(EVENT, {});
    await pollUntil(() => existsSync(loading));
    jest.advanceTimersByTime(LOADING + TIMEOUT);
    expect(await answered).toMatchObject({ statusCode: 500 });
  });
});
