import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';

/** Another process has the data folder open; two on one folder would destroy it. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  /** Where that process serves the folder's data; absent while it starts. */
  readonly endpoint: string | undefined;

  constructor(folder: string, pid: number, endpoint: string | undefined) {
    super(`The data folder ${folder} is in use by process ${pid}.`);
    this.endpoint = endpoint;
  }
}

/** The locks of this process, by their ids. */
const ownLocks = new Set<string>();

/** Locks a folder by a file that names this process and its endpoint. The lock of a process that has ended does not count. */
export async function lock(folder: string): Promise<Lock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'lock');
  const id = randomUUID();
  const ours = `${process.pid} ${id}`;
  try {
    await writeFile(file, ours, { flag: 'wx', mode: 0o600 });
  } catch {
    const holder = await holderOf(file);
    if (holder !== undefined) throw new DataFolderInUse(folder, holder.pid, holder.endpoint);
    await rm(file, { force: true });
    return lock(folder);
  }
  ownLocks.add(id);
  return {
    async tell(endpoint) {
      // By another file: a lock that is half written would not count.
      await writeFile(`${file}.new`, `${ours} ${endpoint}`, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    async unlock() {
      ownLocks.delete(id);
      if ((await readFile(file, 'utf8').catch(() => '')).startsWith(ours)) await rm(file, { force: true });
    },
  };
}

interface Lock {
  /** Records the address of the data while the folder is locked. */
  tell(endpoint: string): Promise<void>;
  unlock(): Promise<void>;
}

/** Whether a process has the folder open. */
export const isInUse = async (folder: string): Promise<boolean> => (await holderOf(join(folder, 'lock'))) !== undefined;

interface Holder {
  readonly pid: number;
  readonly endpoint: string | undefined;
}

/**
 * The process that holds a lock, unless it has ended. A killed process leaves its lock, and later another process has its
 * id: after the machine has started again, or this very one in a container.
 */
async function holderOf(file: string): Promise<Holder | undefined> {
  const [pid = '', id = '', endpoint] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
  const isHeld = Number(pid) === process.pid ? ownLocks.has(id) : isRunning(Number(pid)) && (await isOfThisBoot(file));
  return isHeld ? { pid: Number(pid), endpoint } : undefined;
}

/** How inexact the start of the machine is, as it is computed from its running time; ms. */
const BOOT_TOLERANCE = 60_000;

async function isOfThisBoot(file: string): Promise<boolean> {
  const bootTime = Date.now() - uptime() * 1000;
  const written = await stat(file).then(({ mtimeMs }) => mtimeMs, Date.now);
  return written > bootTime - BOOT_TOLERANCE;
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
