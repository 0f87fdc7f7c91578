import { readFile, writeFile } from 'node:fs/promises';
import { unzipSync, zipSync } from 'fflate';
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
const SAME_ALWAYS = { mtime: '1980-01-01T12:00:00', os: 3, attrs: 0o100644 << 16 } as const;

/** @param file a zip file, which is replaced */
async function compressAgain(file: string): Promise<void> {
  const files = unzipSync(await readFile(file));
  await writeFile(file, zipSync(files, { level: 9, ...SAME_ALWAYS }));
}
