import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { BEGUN, FunctionFiles, Invocation, Outcome } from './runner.ts';

type Handler = (event: unknown, context: object) => unknown;

const { codeDir, handler: name } = workerData as FunctionFiles;
// What fails here ends the thread. The next request then loads the function again, as in Lambda.
const handler = await load();
parentPort?.on('message', async (invocation: Invocation) => {
  parentPort?.postMessage('begun' satisfies typeof BEGUN);
  parentPort?.postMessage(await invoke(invocation));
});

/** Loads the function as Lambda's Node.js 24 does. */
async function load(): Promise<Handler> {
  const dot = name.lastIndexOf('.');
  const module = join(codeDir, name.slice(0, dot));
  const file = ['.cjs', '.mjs', '.js', '.ts'].map((extension) => module + extension).find(existsSync);
  if (file === undefined) throw new Error(`${name} is not built. If its last build failed, the reason is above`);
  const loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const found = loaded[name.slice(dot + 1)];
  if (typeof found !== 'function') throw new Error(`${name} is not an exported function`);
  if (found.length > 2) throw new Error(`${name} takes a callback, which Lambda's Node.js 24 does not support`);
  return found as Handler;
}

/** Lambda passes JSON on: a function in a result, for example, does not get through. */
async function invoke({ event, context, remaining }: Invocation): Promise<Outcome> {
  const deadline = performance.now() + remaining;
  const getRemainingTimeInMillis = (): number => Math.max(0, Math.floor(deadline - performance.now()));
  try {
    const returned = await handler(event, { ...context, getRemainingTimeInMillis });
    return { returned: JSON.stringify(returned) ?? 'null' };
  } catch (error) {
    return { failure: inspect(error) };
  }
}
