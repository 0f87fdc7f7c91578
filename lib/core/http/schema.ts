import { parseJson } from '../json.ts';
import { isJsonObject, type Json, type JsonObject, type SessionHandle, type UserId } from '../types.ts';
import { CdiRefusal } from './refusal.ts';

/** Reads one field: its value, or `undefined` if it is not of that type. */
type Reader<T> = (value: Json | undefined) => T | undefined;

/** Field names, in the order in which faults are named, and how each is read. */
export type Fields<T> = { readonly [Name in keyof T]-?: Field<T[Name]> };

interface Field<T> {
  readonly read: Reader<T>;
  readonly isOptional: boolean;
  /** Whether the version does not read the field. It then counts as absent, whatever its type. */
  readonly isIgnored?: true;
}

export const required = <T>(read: Reader<T>): Field<T> => ({ read, isOptional: false });

export const optional = <T>({ read }: Field<T>): Field<T | undefined> => ({ read, isOptional: true });

/** A value of any type. */
export const any = required((value) => value);
/** A field that a version does not read. */
export const ignored: Field<undefined> = { read: () => undefined, isOptional: true, isIgnored: true };
export const text = required((value) => (typeof value === 'string' ? value : undefined));
export const textOrNull = required((value) => (value === null || typeof value === 'string' ? value : undefined));
export const flag = required((value) => (typeof value === 'boolean' ? value : undefined));
/** In any notation: `60.0` is 60. */
export const wholeNumber = required((value) => {
  const number = JSON.isRawJSON(value) ? Number(value.rawJSON) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
});
export const object = required((value) => (isJsonObject(value) ? value : undefined));
export const array = required((value) => (Array.isArray(value) ? (value as readonly Json[]) : undefined));
export const sessionHandle = required((value) => (typeof value === 'string' ? (value as SessionHandle) : undefined));

/** DynamoDB's keys hold at most 2,048 bytes. */
const MAX_USER_ID_BYTES = 2000;

// UTF-8 has no lone surrogates: in the store, ids that differ in one would be the same.
export const isUserId = (value: Json | undefined): value is UserId =>
  typeof value === 'string' && value !== '' && value.isWellFormed() && Buffer.byteLength(value) <= MAX_USER_ID_BYTES;

export const userId = required((value) => (isUserId(value) ? value : undefined));

export const sessionHandles = required((value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? (value as SessionHandle[]) : undefined,
);

/** `JSON.stringify` is recursive, and fails at some 3,000 levels. */
const MAX_DEPTH = 100;

const isDeeper = (value: Json, levels: number): boolean =>
  (isJsonObject(value) || Array.isArray(value)) &&
  (levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1)));

/** @throws CdiRefusal 400 if the text is no JSON object, or one of more than 100 levels */
export function parseBody(body: string | undefined): JsonObject {
  try {
    const value = parseJson(body ?? '');
    if (isJsonObject(value) && !isDeeper(value, MAX_DEPTH)) return value;
  } catch {
    // Answered below, like any other text that is no JSON object.
  }
  throw new CdiRefusal(400, 'Invalid Json Input');
}

/** Reads a body's fields; unknown ones are ignored. @throws CdiRefusal 400 naming the first faulty field */
export function readFields<T>(fields: Fields<T>, body: JsonObject): T {
  const entries = Object.entries(fields) as [keyof T & string, Field<unknown>][];
  const values = entries.map(([name, { read, isOptional, isIgnored }]) => {
    const value = Object.hasOwn(body, name) && !isIgnored ? body[name] : undefined;
    const isAbsent = value === undefined && isOptional;
    const parsed = isAbsent ? undefined : read(value);
    if (parsed === undefined && !isAbsent) throw new CdiRefusal(400, `Field name '${name}' is invalid in JSON input`);
    return [name, parsed];
  });
  return Object.fromEntries(values) as T;
}

/** An object with fields of its own. */
export const nested = <T>(fields: Fields<T>): Field<T> =>
  required((value) => (isJsonObject(value) ? readFields(fields, value) : undefined));

/** @throws CdiRefusal 400 if the query has no such field */
export function queryText(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null) throw new CdiRefusal(400, `Field name '${name}' is missing in GET request`);
  return value;
}

/** @throws CdiRefusal 400 if the query has no user id of that name, or one that cannot be */
export function queryUserId(query: URLSearchParams, name = 'userId'): UserId {
  const value = queryText(query, name);
  if (!isUserId(value)) throw new CdiRefusal(400, `Field name '${name}' is invalid in GET request`);
  return value;
}

/** Anything but `false` counts as `true`, as with the official core. */
export const queryFlag = (query: URLSearchParams, name: string): boolean => query.get(name)?.toLowerCase() !== 'false';
