import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileOfPackage } from './installed-packages.ts';

/** esbuild removes types and does not check them. */
export interface TypeCheck {
  /** Checks what has been written by now, and prints the errors. A check that runs is repeated when it has ended. */
  start(): void;
  /** Resolves when no check runs. */
  ended(): Promise<void>;
}

/**
 * Makes a check of the types of everything that a tsconfig.json includes, tests aside.
 * @param print gets nothing as long as there are no errors
 */
export function createTypeCheck(print: (text: string) => void, project = 'tsconfig.json'): TypeCheck {
  let running: Promise<void> | undefined;
  let isStale = false;
  let hadErrors = false;

  async function check(): Promise<void> {
    do {
      isStale = false;
      report(await typeErrors(project));
    } while (isStale);
    running = undefined;
  }

  function report(errors: readonly string[]): void {
    if (errors.length > 0) print(`Type errors: ${errors.length}. The functions still run.\n${errors.join('\n')}`);
    else if (hadErrors) print('No type errors any more.');
    hadErrors = errors.length > 0;
  }

  return {
    start() {
      if (running === undefined) running = check();
      else isStale = true;
    },
    ended: async () => running,
  };
}

/** A line of TypeScript's, such as `handlers/user.ts(3,7): error TS2322: …`, indented lines follow with the details. */
async function typeErrors(project: string): Promise<string[]> {
  const tsc = fileOfPackage('typescript', 'bin/tsc');
  // The next check takes from this file what a change does not concern. TypeScript ignores one that is damaged.
  const results = join(dirname(project), '.build/types.tsbuildinfo');
  const options = ['--noEmit', '--pretty', 'false', '--incremental', '--tsBuildInfoFile', results];
  const child = spawn(process.execPath, [tsc, ...options, '-p', project], { stdio: ['ignore', 'pipe', 'ignore'] });
  const end = (): void => void child.kill();
  process.once('exit', end);
  // Requests go first.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  process.off('exit', end);
  const errors = output.split(/\n(?=\S)/).map((error) => error.trimEnd());
  return errors.filter((error) => /^\S.*\(\d+,\d+\): error /.test(error) && !error.startsWith('test/'));
}
