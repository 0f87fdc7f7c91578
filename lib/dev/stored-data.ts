import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The embedded database's files cannot be read. A loss of power can do that to them. */
export class DataDamaged extends Error {
  override readonly name = 'DataDamaged';

  constructor(folder: string, cause: unknown) {
    const command = `npm run dev -- --fresh${folder === '.data' ? '' : ` --data ${folder}`}`;
    super(
      `The database in ${folder} cannot be read: ${reasonOf(cause)}.\n` +
        `Start with an empty one: ${command}\nThe unreadable files are kept next to it.`,
      { cause },
    );
  }
}

/** What we use of a LevelDB database. */
interface Level {
  open(): Promise<void>;
  keys(): AsyncIterable<unknown>;
  close(): Promise<void>;
}

// The one that dynalite itself uses.
const { Level } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('level') as {
  readonly Level: new (location: string, options: { readonly createIfMissing: boolean }) => Level;
};

/**
 * Prepares the files of a data folder for dynalite, which ends the process when it cannot read one. Only the user of this process may read
 * them: they hold private signing keys.
 * @param fresh deletes them; those that cannot be read are renamed
 * @throws DataDamaged
 */
export async function prepareStoredData(folder: string, fresh: boolean): Promise<void> {
  const files = join(folder, 'dynamodb');
  await makePrivate(files);
  if (!(await readdir(files).catch(() => [])).some(isOfDatabase)) return;
  const fault = await faultOf(files);
  if (fault !== undefined && !fresh) throw new DataDamaged(folder, fault);
  if (!fresh) return;
  if (fault === undefined) await rm(files, { recursive: true, force: true });
  else await rename(files, `${files}.damaged-${new Date().toISOString().replaceAll(':', '-')}`);
  await makePrivate(files);
}

/** A folder that another user owns, as a container's volume can be, keeps its permissions. */
async function makePrivate(files: string): Promise<void> {
  await mkdir(files, { recursive: true, mode: 0o700 });
  await chmod(files, 0o700).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM') throw error;
  });
}

/** Another file may be all that a process has made before it was killed. */
const isOfDatabase = (file: string): boolean => /^(CURRENT|MANIFEST-.*|.*\.ldb)$/.test(file);

/** Reads everything, for LevelDB notices what is damaged when it reads it. */
async function faultOf(files: string): Promise<unknown> {
  const level = new Level(files, { createIfMissing: false });
  try {
    await level.open();
    for await (const _key of level.keys());
    return undefined;
  } catch (error) {
    // Whole, but open in another process that has no lock file.
    if (((error as Error).cause as { code?: unknown } | undefined)?.code === 'LEVEL_LOCKED') throw error;
    return error;
  } finally {
    await level.close();
  }
}

/** An error of opening has the true one as its cause. */
const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
};
