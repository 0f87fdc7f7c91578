import { readdir, readFile } from 'node:fs/promises';

/** What the threads of a process of Node.js do. */
export interface ThreadTimes {
  /** JavaScript, and everything that JavaScript waits for. */
  readonly main: number;
  /** Signing, hashing and files: the pool of libuv. */
  readonly pool: number;
  /** Garbage collection and compiling, beside the main thread. */
  readonly engine: number;
}

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

/** The CPU time of a process so far, ms. Linux only. */
export async function threadTimes(pid: number): Promise<ThreadTimes> {
  const times = { main: 0, pool: 0, engine: 0 };
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    // A thread may end meanwhile.
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) continue;
    const { name, cpuMs } = readStat(stat);
    times[Number(thread) === pid ? 'main' : name === 'libuv-worker' ? 'pool' : 'engine'] += cpuMs;
  }
  return times;
}

/** Field 2 is the name, in parentheses. Fields 14 and 15 are the time in the program and in the system (proc(5)). */
export function readStat(stat: string): { readonly name: string; readonly cpuMs: number } {
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return { name: stat.slice(stat.indexOf('(') + 1, end), cpuMs: (user + system) * TICK_MS };
}
