import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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

/** Locks a folder by a file that names this process and its endpoint. The lock of a process that has ended does not count. */
export async function lock(folder: string): Promise<Lock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'lock');
  const ours = `${process.pid} ${randomUUID()}`;
  try {
    await writeFile(file, ours, { flag: 'wx', mode: 0o600 });
  } catch {
    const [pid = '', , endpoint] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
    if (isRunning(Number(pid))) throw new DataFolderInUse(folder, Number(pid), endpoint);
    await rm(file, { force: true });
    return lock(folder);
  }
  return {
    async tell(endpoint) {
      // By another file: a lock that is half written would not count.
      await writeFile(`${file}.new`, `${ours} ${endpoint}`, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    async unlock() {
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
export async function isInUse(folder: string): Promise<boolean> {
  const [pid] = (await readFile(join(folder, 'lock'), 'utf8').catch(() => '')).split(' ');
  return isRunning(Number(pid));
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
