import { readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { unzipSync } from 'fflate';
import { ZipFile } from 'yazl';
import type { ServerlessFunction, ServerlessService } from './serverless-service.ts';

/**
 * Compresses the functions' packages again, as small as possible: serverless-esbuild compresses them as fast as possible.
 * Lambda loads a function's package before its cold start.
 */
export async function compressPackages(service: Pick<ServerlessService, 'functions' | 'provider'>): Promise<void> {
  for (const file of Object.values(service.functions).flatMap((each) => bundledPackage(each, service) ?? [])) {
    await compressAgain(file);
  }
}

/** The package that serverless-esbuild has made of a function. Functions in other languages bring their own. */
function bundledPackage(
  { runtime, package: packaged, skipEsbuild }: ServerlessFunction,
  { provider }: Pick<ServerlessService, 'provider'>,
): string | undefined {
  const isBundled = (runtime ?? provider.runtime).startsWith('nodejs') && skipEsbuild !== true;
  return isBundled ? packaged?.artifact : undefined;
}

const OPTIONS = {
  compressionLevel: 9,
  // fflate does not read the permissions. So the function may run every file, also a program that it brings along.
  mode: 0o100755,
  // The same files give the same package, so that a deployment leaves an unchanged function alone.
  mtime: new Date(1980, 0, 1, 12),
  forceDosTimestamp: true,
} as const;

/** @param file a zip file, which is replaced */
async function compressAgain(file: string): Promise<void> {
  const zip = new ZipFile();
  const files = unzipSync(await readFile(file), { filter: ({ name }) => !name.endsWith('/') });
  for (const [path, contents] of Object.entries(files)) zip.addBuffer(Buffer.from(contents), path, OPTIONS);
  zip.end();
  await writeFile(file, await buffer(zip.outputStream));
}
