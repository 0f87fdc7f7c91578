import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process that is started again after it was killed. */
export interface Killable {
  /** Starts it, and waits for its first line. */
  start(): Promise<void>;
  /** Writes a line to it. @returns `false` if it does not run */
  send(line: string): boolean;
  /** By SIGKILL: it can do nothing about it. */
  kill(): Promise<void>;
}

export interface KillableOptions {
  /** Of this folder. */
  readonly file: string;
  readonly args: readonly string[];
  /** Hears each line but the first. */
  readonly onLine?: (line: string) => void;
  /** Is called whenever it ends. */
  readonly onEnd?: () => void;
}

export function killable({ file, args, onLine = () => undefined, onEnd = () => undefined }: KillableOptions): Killable {
  const path = fileURLToPath(new URL(file, import.meta.url));
  let child: ChildProcess | undefined;
  return {
    async start() {
      const started = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
      const first = Promise.withResolvers<void>();
      let isFirst = true;
      createInterface({ input: started.stdout }).on('line', (line) => {
        if (!isFirst) return onLine(line);
        isFirst = false;
        first.resolve();
      });
      // A line to a process that has just been killed is lost.
      started.stdin.on('error', () => undefined);
      started.once('close', () => {
        if (child === started) child = undefined;
        first.reject(new Error(`${file} has ended before it was ready`));
        onEnd();
      });
      child = started;
      await first.promise;
    },
    send: (line) => child?.stdin?.write(`${line}\n`) !== undefined,
    async kill() {
      const killed = child;
      if (killed === undefined) return;
      const ended = once(killed, 'close');
      killed.kill('SIGKILL');
      await ended;
    },
  };
}
