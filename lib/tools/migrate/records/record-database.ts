import type { Side } from '../side.ts';

/** Plain JSON that `JSON.stringify` always writes alike: lists are sorted, and absent values are `null`. */
export type Part = string | number | boolean | null | readonly Part[] | { readonly [name: string]: Part };

/** Whether a part has nothing: it is `null` or an empty list. */
export const isEmptyPart = (part: unknown): boolean => part === null || (Array.isArray(part) && part.length === 0);

/**
 * What is moved and merged: a role, a user, or a primary user. Each of its parts is merged by itself. So a new password
 * on one side and a new role on the other are both kept.
 */
export interface MovedRecord {
  /** The same on both sides. */
  readonly key: string;
  readonly parts: object;
}

/** A record that is there and cannot be moved, and why. */
export interface RefusedRecord {
  readonly key: string;
  readonly reason: string;
}

export const isRefused = (read: MovedRecord | RefusedRecord): read is RefusedRecord => 'reason' in read;

export interface RecordPage<R extends MovedRecord> {
  readonly records: readonly R[];
  readonly refused: readonly RefusedRecord[];
  /** Where the page ends, for {@link RecordDatabase.pages}. */
  readonly position: string;
}

/** A record as it was read. With `version`, a later write finds out whether the record has changed since. */
export interface StoredRecord<R extends MovedRecord, Version> {
  readonly record: R | RefusedRecord;
  readonly version: Version;
}

export interface RecordChange<R extends MovedRecord, Version> {
  /** The whole record as it is to be, with the parts that stay as they are there. */
  readonly record: R;
  /** The parts that differ from what is there. */
  readonly changed: readonly (keyof R['parts'])[];
  /** What was read there. Absent: the change creates the record. */
  readonly replaces: StoredRecord<R, Version> | undefined;
}

/**
 * What became of a change. `overtaken`: the database has changed the record since it was read, and nothing or only some
 * parts were written. Read the record again and decide again. A refusal: something else stands in the way, such as
 * another user with the e-mail.
 */
export type WriteOutcome = 'written' | 'overtaken' | RefusedRecord;

/** Where records of one kind are kept: an official core's database, or our tables. Memory does not grow with their number. */
export interface RecordDatabase<R extends MovedRecord, Version> {
  readonly side: Side;
  /** All records, page by page, always in the same order. @param after the position of an earlier page. The next page begins behind it */
  pages(after?: string): AsyncIterable<RecordPage<R>>;
  /** How many {@link pages} will yield, refused ones too; `undefined` if that takes reading them all. */
  count(): Promise<number | undefined>;
  /** Those of the records that are there. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, StoredRecord<R, Version>>>;
  /** Why this database cannot keep the record; `undefined` if it can. */
  refusalOf(record: R): string | undefined;
  /**
   * Writes each record that still is as it was read. A process that is killed between two writes of a record leaves it
   * changed in part, as `read` shows. The same call completes it.
   * @param announce is awaited right before the first write that shows. With the ticket, {@link deletedOf} finds out
   * later whether the writes were done
   * @returns what became of each, by key
   */
  write(
    changes: readonly RecordChange<R, Version>[],
    announce?: (ticket: string | undefined) => Promise<void>,
  ): Promise<ReadonlyMap<string, WriteOutcome>>;
  /** Of records that were announced to be created, and are missing: the keys of those that were created, and deleted since. */
  deletedOf(
    missing: readonly { readonly key: string; readonly ticket: string | undefined }[],
  ): Promise<ReadonlySet<string>>;
  /** Deletes each record that still is as it was read. @returns what became of each, by key */
  remove(records: readonly StoredRecord<R, Version>[]): Promise<ReadonlyMap<string, WriteOutcome>>;
}
