/** What lib/build uses of yazl, which has no types of its own. */
declare module 'yazl' {
  import type { Readable } from 'node:stream';

  interface FileOptions {
    readonly mtime: Date;
    /** Without it, the file also has its time in UTC. */
    readonly forceDosTimestamp: boolean;
    readonly mode: number;
    /** From 0 to 9, the smallest. */
    readonly compressionLevel: number;
  }
  export class ZipFile {
    readonly outputStream: Readable;
    addBuffer(contents: Buffer, path: string, options: FileOptions): void;
    end(): void;
  }
}
