import { spawn } from 'node:child_process';
import { once } from 'node:events';
import packageJson from '../../../package.json';
import type { Stage } from './installation.ts';

const [, ...SCRIPT] = packageJson.scripts.migrate.split(' ');

export interface MigrateProcess {
  readonly output: () => string;
  /** The exit code; `null` if it was killed. */
  readonly ended: Promise<number | null>;
  /** Kills it at once, as a power failure does. */
  kill(): void;
}

/** `npm run migrate` as a process of its own, because it is killed, or its memory is measured. */
export function startMigrate({ endpoint, name }: Stage, ...args: string[]): MigrateProcess {
  const child = spawn(process.execPath, [...SCRIPT, ...args, '--endpoint', endpoint, '--stage', name]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  // Only then is the output complete.
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { output: () => text, ended, kill: () => child.kill('SIGKILL') };
}
