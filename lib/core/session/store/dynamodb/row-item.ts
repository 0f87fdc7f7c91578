import type { Item } from '../../../../dynamodb/client.ts';
import { parseJson } from '../../../json.ts';
import type { Hash2, JsonObject, Millis, SessionHandle, UserId } from '../../../types.ts';
import type { RetiredToken, SessionRow } from '../../rules/row.ts';

/** A session row as DynamoDB keeps it; with small payloads it stays under 1 KB, so that a write costs one unit. */
export function toItem(row: SessionRow): Item {
  return {
    userId: row.userId,
    ...(row.recipeUserId !== undefined && { recipeUserId: row.recipeUserId }),
    current: packHash(row.current),
    ...(row.prev !== undefined && { prev: packHash(row.prev) }),
    ...(row.rotatedAt !== undefined && { rotatedAt: row.rotatedAt }),
    ...(row.retired.length > 0 && { retired: packRetired(row.retired) }),
    ...contentAttributes('payload', row.payload),
    ...contentAttributes('data', row.data),
    createdAt: row.createdAt,
    expiry: row.expiry,
    listedUntil: row.listedUntil,
    ...(row.useStaticKey && { staticKey: true }),
    ttl: ttlOf(row.expiry),
  };
}

export function fromItem(handle: SessionHandle, item: Item): SessionRow {
  return {
    handle,
    userId: item.userId as UserId,
    ...(item.recipeUserId !== undefined && { recipeUserId: item.recipeUserId as UserId }),
    current: unpackHash(item.current),
    prev: item.prev === undefined ? undefined : unpackHash(item.prev),
    rotatedAt: item.rotatedAt as Millis | undefined,
    retired: item.retired === undefined ? [] : unpackRetired(item.retired as string),
    payload: parseJson(item.payload as string) as JsonObject,
    data: parseJson(item.data as string) as JsonObject,
    createdAt: item.createdAt as Millis,
    expiry: item.expiry as Millis,
    listedUntil: item.listedUntil as Millis,
    useStaticKey: item.staticKey === true,
  };
}

/** What callers store of a session; the rest of the row is the core's own. */
export type ContentName = 'payload' | 'data';

/**
 * How many bytes of JSON payload and data may have together. An item of DynamoDB has at most 400 KB. The rest is for
 * the longest user id, and for all that refreshes add, so that a stored session can always be refreshed.
 */
export const MAX_CONTENT_BYTES = 396 * 1024;

/** The text, and its size for the condition of an update of the other one. DynamoDB counts characters, not bytes. */
export function contentAttributes(name: ContentName, content: JsonObject) {
  return { [name]: JSON.stringify(content), [sizeAttribute(name)]: contentBytes(content) };
}

export const sizeAttribute = (name: ContentName): string => `${name}Bytes`;

export const contentBytes = (content: JsonObject): number => Buffer.byteLength(JSON.stringify(content));

/** DynamoDB's TTL is in seconds, and deletes late. */
export const ttlOf = (expiry: Millis): number => Math.ceil(expiry / 1000);

/** 32 bytes are 64 characters of hex, but 43 of base64url. */
export const packHash = (hash2: Hash2): string => Buffer.from(hash2, 'hex').toString('base64url');
const unpackHash = (packed: Item[string] | undefined): Hash2 =>
  Buffer.from(String(packed), 'base64url').toString('hex') as Hash2;

// One entry: hash2 (32 bytes), retiredAt (6), salt (16), flags (1).
const HASH_END = 32;
const TIME_END = 38;
const SALT_END = 54;
const ENTRY_BYTES = 55;
const ANTI_CSRF = 1;

export function packRetired(retired: readonly RetiredToken[]): string {
  const entries = retired.map(({ hash2, retiredAt, salt, antiCsrf }) => {
    const time = Buffer.alloc(TIME_END - HASH_END);
    time.writeUIntBE(retiredAt, 0, time.length);
    return Buffer.concat([Buffer.from(hash2, 'hex'), time, salt, Buffer.of(antiCsrf ? ANTI_CSRF : 0)]);
  });
  return Buffer.concat(entries).toString('base64url');
}

function unpackRetired(packed: string): RetiredToken[] {
  const bytes = Buffer.from(packed, 'base64url');
  return Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, index) => {
    const entry = bytes.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    return {
      hash2: entry.toString('hex', 0, HASH_END) as Hash2,
      retiredAt: entry.readUIntBE(HASH_END, TIME_END - HASH_END),
      salt: entry.subarray(TIME_END, SALT_END),
      antiCsrf: ((entry[SALT_END] ?? 0) & ANTI_CSRF) !== 0,
    };
  });
}
