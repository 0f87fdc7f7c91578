import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer } from '../fixtures/lambda.ts';
import type { FunctionName } from './functions.ts';

export type FunctionQuestion =
  | { readonly id: number; readonly task: 'sample' }
  | {
      readonly id: number;
      readonly task: 'invoke';
      readonly time: number;
      readonly name: FunctionName;
      readonly event: object;
    };

export interface FunctionReply {
  readonly id: number;
  readonly result: unknown;
}

/** How often the functions have logged what they must not. */
export interface LogCounts {
  readonly thefts: number;
  readonly errors: number;
}

export interface Invoked {
  readonly answer: Answer;
  readonly latencyMs: number;
}

/** The functions, in a process of their own that answers many at once. */
export interface FunctionLink {
  /** @param time of the process from then on, ms since the epoch */
  invoke(name: FunctionName, event: object, time: number): Promise<Invoked>;
  /** What its heap holds after a garbage collection, bytes, and what it has logged. */
  sample(): Promise<{ readonly heapBytes: number; readonly log: LogCounts }>;
  stop(): Promise<void>;
}

/** @param start the time of the process, ms since the epoch */
export async function startFunctions(
  environment: Readonly<Record<string, string>>,
  start: number,
): Promise<FunctionLink> {
  const child = fork(new URL('./function-process.ts', import.meta.url), {
    env: { PATH: process.env.PATH, CLOCK_START: String(start), ...environment },
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (result: unknown) => void>();
  const fail = Promise.withResolvers<never>();
  fail.promise.catch(() => undefined);
  let lastId = 0;
  child.on('message', ({ id, result }: FunctionReply) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  child.once('exit', () => fail.reject(new Error('The process of the functions has ended')));
  const heard = <T>(id: number): Promise<T> => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    waiting.set(id, resolve);
    return Promise.race([promise, fail.promise]) as Promise<T>;
  };
  await heard(0);
  return {
    invoke(name, event, time) {
      const id = ++lastId;
      child.send({ id, task: 'invoke', time, name, event } satisfies FunctionQuestion);
      return heard(id);
    },
    sample() {
      const id = ++lastId;
      child.send({ id, task: 'sample' } satisfies FunctionQuestion);
      return heard(id);
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
