import { readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { unzipSync } from 'fflate';
import { ZipFile } from 'yazl';
import type { Serverless } from './serverless-service.ts';

/**
 * A Serverless plugin that compresses the functions' packages again, as small as possible: serverless-esbuild compresses them
 * as fast as possible. Lambda loads a function's package before its cold start.
 */
export default class ServerlessCompression {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor({ service }: Serverless) {
    const compress = async () => {
      for (const { package: packaged, skipEsbuild } of Object.values(service.functions)) {
        if (packaged?.artifact !== undefined && skipEsbuild !== true) await compressAgain(packaged.artifact);
      }
    };
    // serverless-esbuild has put the packages where they stay.
    this.hooks = {
      'after:package:createDeploymentArtifacts': compress,
      'after:deploy:function:packageFunction': compress,
    };
  }
}

/** The same files give the same package, so that a deployment leaves an unchanged function alone. */
const ALWAYS_THE_SAME = { mtime: new Date(1980, 0, 1, 12), forceDosTimestamp: true, mode: 0o100644 } as const;

/** @param file a zip file, which is replaced */
async function compressAgain(file: string): Promise<void> {
  const zip = new ZipFile();
  for (const [path, contents] of Object.entries(unzipSync(await readFile(file)))) {
    zip.addBuffer(Buffer.from(contents), path, { compressionLevel: 9, ...ALWAYS_THE_SAME });
  }
  zip.end();
  await writeFile(file, await buffer(zip.outputStream));
}
