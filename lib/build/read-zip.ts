import { inflateRawSync } from 'node:zlib';

/** A file in a zip file. */
export interface ZippedFile {
  readonly path: string;
  readonly contents: Buffer;
  /** The type and the permissions of the file, as Unix has them. */
  readonly mode: number;
}

/** The files of a zip file, by its central directory (APPNOTE.TXT, section 4.3). */
export function* readZip(zip: Buffer): Generator<ZippedFile> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    const path = zip.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    if (!path.endsWith('/')) yield { path, contents: contentsOf(zip, at), mode: zip.readUInt16LE(at + 40) };
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
}

/** @param entry where the file's entry in the central directory is */
function contentsOf(zip: Buffer, entry: number): Buffer {
  const [method, size] = [zip.readUInt16LE(entry + 10), zip.readUInt32LE(entry + 20)];
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const contents = zip.subarray(start, start + size);
  return method === 0 ? contents : inflateRawSync(contents);
}
