import { createRequire } from 'node:module';
import { lambdaContext } from '../fixtures/lambda.ts';
import { serveParent } from './child-process.ts';
import { substituteHashing } from './substitute-key.ts';

type Handler = (event: unknown, context: unknown) => Promise<{ statusCode?: number; body?: string }>;

export interface Measured {
  readonly latenciesMs: number[];
  readonly elapsedMs: number;
  /** Of all threads of this process. */
  readonly cpuMs: number;
}

export interface Work {
  readonly events: readonly object[];
  readonly expectedStatus: number;
  /** No further event is begun after it; ms. */
  readonly budgetMs: number;
}

let handler: Handler | undefined;

const tasks = {
  /** Loads a bundled function, as Lambda does: with the environment of this process. */
  async load({ bundle, withoutHashing }: { bundle: string; withoutHashing: boolean }): Promise<void> {
    if (withoutHashing) substituteHashing();
    ({ handler } = createRequire(import.meta.url)(bundle) as { handler: Handler });
  },
  /** Invokes the function for one event after the other: a Lambda environment is never given two at once. */
  async run({ events, expectedStatus, budgetMs }: Work): Promise<Measured> {
    const invoke = handler;
    if (invoke === undefined) throw new Error('No function is loaded');
    const latenciesMs: number[] = [];
    const cpuBefore = process.cpuUsage();
    const start = performance.now();
    for (const event of events) {
      const before = performance.now();
      const { statusCode, body } = await invoke(event, lambdaContext);
      const after = performance.now();
      if (statusCode !== expectedStatus || isRefusal(body)) throw new Error(`Answered ${statusCode}: ${body}`);
      latenciesMs.push(after - before);
      if (after - start > budgetMs) break;
    }
    const elapsedMs = performance.now() - start;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { latenciesMs, elapsedMs, cpuMs: (user + system) / 1000 };
  },
};

/** SuperTokens' own routes refuse a form with 200. The body's `status` says so. */
const isRefusal = (body = ''): boolean => /"status":"\w*ERROR"/.test(body);

export type FunctionTasks = typeof tasks;

serveParent(tasks);
