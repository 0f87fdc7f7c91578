import inspector from 'node:inspector';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { failureOf, isHttpEvent, readResult } from './http-response.ts';

/** Where a function is. serverless-offline hands it over. */
export interface FunctionFiles {
  /** The folder of the bundles. */
  readonly codeDir: string;
  /** `handlers/user.handler` */
  readonly handler: string;
}

interface FunctionOptions extends FunctionFiles {
  /** The function's name in serverless.yml. */
  readonly functionKey: string;
  /** How long it may answer, in ms. */
  readonly timeout: number;
}

export interface Invocation {
  readonly event: unknown;
  readonly context: object;
  /** How long the function may answer, in ms. */
  readonly remaining: number;
}

/** What the function returned, as JSON; or why it failed, for the developer. */
export type Outcome = { readonly returned: string } | { readonly failure: string };

/** What a worker sends first for each invocation: it has loaded the function, and calls the handler. */
export const BEGUN = 'begun';

/** Lambda's limit for loading a function, ms. It comes on top of the function's own time. */
const LOADING_TIME = 10_000;

/** Long enough to look around at a breakpoint; ms. */
const DEBUGGING_TIME = 3_600_000;

/**
 * Runs a function in a worker thread, as Lambda runs it in a process of its own. serverless-offline's own class leaves a
 * rejected promise that the handler does not wait for to the whole process, which it ends. Lambda ends the function, and API
 * Gateway answers 500. The next request starts the function again.
 */
export default class FunctionRunner {
  readonly #options: FunctionOptions;
  readonly #env: NodeJS.ProcessEnv;
  #worker: Worker | undefined;
  #begin: (() => void) | undefined;
  #settle: ((outcome: Outcome) => void) | undefined;
  #isRetired = false;

  constructor(options: FunctionOptions, env: NodeJS.ProcessEnv) {
    this.#options = options;
    this.#env = env;
  }

  /**
   * Returns what API Gateway makes of the function's response. Another caller gets the function's response itself.
   * @throws Error if the function fails, and the caller is not API Gateway
   */
  async run(event: unknown, context: object): Promise<unknown> {
    const outcome = await this.#invoke(event, context);
    if (this.#isRetired) this.#end();
    if ('failure' in outcome) return this.#fail(event, outcome.failure);
    const returned: unknown = JSON.parse(outcome.returned);
    if (!isHttpEvent(event)) return returned;
    const response = readResult(returned, event);
    return typeof response === 'string' ? this.#fail(event, response) : response;
  }

  /** After a rebuild, or when the function was idle. What the old code is answering, it answers to the end. */
  cleanup(): void {
    this.#isRetired = true;
    if (this.#settle === undefined) this.#end();
  }

  #invoke(event: unknown, context: object): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const isDebugged = inspector.url() !== undefined;
    const remaining = isDebugged ? DEBUGGING_TIME : this.#options.timeout;
    let late = setTimeout(() => this.#timeOut(remaining), LOADING_TIME + remaining);
    this.#begin = () => {
      clearTimeout(late);
      late = setTimeout(() => this.#timeOut(remaining), remaining);
    };
    this.#settle = (outcome) => {
      clearTimeout(late);
      this.#begin = undefined;
      this.#settle = undefined;
      resolve(outcome);
    };
    this.#worker ??= this.#start();
    this.#worker.postMessage({ event, context, remaining } satisfies Invocation);
    return promise;
  }

  #start(): Worker {
    const { codeDir, handler, functionKey } = this.#options;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      // Debuggers show it.
      name: functionKey,
      env: this.#env,
      workerData: { codeDir, handler } satisfies FunctionFiles,
    });
    worker.on('message', (message: Outcome | typeof BEGUN) =>
      message === BEGUN ? this.#begin?.() : this.#settle?.(message),
    );
    worker.on('error', (error) => this.#die(worker, inspect(error)));
    worker.on('exit', (code) => this.#die(worker, `The function called process.exit(${code})`));
    return worker;
  }

  /** An error comes before the exit that it causes. Either can come when the function has already answered. */
  #die(worker: Worker, failure: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (this.#settle === undefined) this.#report(`failed after its response: ${failure}`);
    else this.#settle({ failure });
  }

  #timeOut(remaining: number): void {
    this.#end();
    this.#settle?.({ failure: `Task timed out after ${(remaining / 1000).toFixed(2)} seconds` });
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }

  #fail(event: unknown, failure: string): object {
    this.#report(`failed: ${failure}`);
    if (isHttpEvent(event)) return failureOf(event);
    throw new Error(`The function ${this.#options.functionKey} failed`);
  }

  #report(what: string): void {
    process.stderr.write(`${this.#options.functionKey} ${withoutOurFrames(what)}\n`);
  }
}

/** A stack trace ends where the developer's code ends. */
const withoutOurFrames = (trace: string): string =>
  trace
    .split('\n')
    .filter((line) => !/^ +at .*(node:internal\/|lib\/dev\/lambda\/worker\.ts)/.test(line))
    .join('\n');
