import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A process of this benchmark that does what it is asked, one thing at a time. */
export interface Child<Tasks extends TaskMap> {
  readonly pid: number;
  ask<Name extends keyof Tasks & string>(task: Name, input: Parameters<Tasks[Name]>[0]): ReturnType<Tasks[Name]>;
  stop(): Promise<void>;
}

export type TaskMap = Readonly<Record<string, (input: never) => Promise<unknown>>>;

interface Question {
  readonly task: string;
  readonly input: unknown;
}
type Reply = { readonly result: unknown } | { readonly failure: string };

export interface ChildOptions {
  /** All that it has in its environment, apart from the path. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** @param file of this folder; it calls {@link serveParent} */
export function startChild<Tasks extends TaskMap>(file: string, options: ChildOptions = {}): Child<Tasks> {
  const { environment = {}, nodeOptions = [] } = options;
  const child = fork(new URL(file, import.meta.url), {
    env: { PATH: process.env.PATH, ...environment },
    execArgv: [...nodeOptions],
    // What a function logs is no result of the benchmark.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const exchange = async (question: Question): Promise<unknown> => {
    const replied = once(child, 'message');
    child.send(question);
    const gone = ended.then(() => [{ failure: `${file} has ended` }]);
    const [answer] = (await Promise.race([replied, gone])) as [Reply];
    if ('failure' in answer) throw new Error(answer.failure);
    return answer.result;
  };
  return {
    pid: child.pid ?? 0,
    ask: (task, input) => exchange({ task, input }) as ReturnType<Tasks[typeof task]>,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The other end: does the tasks that it is sent, and ends with its parent. */
export function serveParent<Tasks extends TaskMap>(tasks: Tasks): void {
  process.on('message', async (question: Question) => {
    process.send?.(await reply(tasks, question));
  });
  process.on('disconnect', () => process.exit());
}

async function reply(tasks: TaskMap, { task, input }: Question): Promise<Reply> {
  try {
    return { result: await tasks[task]?.(input as never) };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
