import type pg from 'pg';
import { type Announce, committedOf, inTransaction, isLost } from './official-transaction.ts';
import {
  isRefused,
  type MovedRecord,
  type RecordChange,
  type RecordDatabase,
  type RefusedRecord,
  type StoredRecord,
  type WriteOutcome,
} from './records/record-database.ts';

/** Records of an official core are compared as they were read: the version is all of it, as text. */
export type OfficialVersion = string;

export const versionOf = (record: MovedRecord | RefusedRecord): OfficialVersion => JSON.stringify(record);

type Outcomes = ReadonlyMap<string, WriteOutcome>;

/** How records of one kind are read and written, within a transaction. */
export interface OfficialRecords<R extends MovedRecord, Stored extends StoredRecord<R, OfficialVersion>> {
  /** Waits for requests of the core that are about to link or delete them. */
  lock(keys: readonly string[]): Promise<void>;
  read(keys: readonly string[]): Promise<ReadonlyMap<string, Stored>>;
  /**
   * Writes all of the changes.
   * @param there what was read right before, in the same transaction
   * @returns those that were not written, because something else stands in the way
   */
  apply(
    changes: readonly RecordChange<R, OfficialVersion>[],
    there: ReadonlyMap<string, Stored>,
  ): Promise<readonly RefusedRecord[]>;
  remove(stored: readonly Stored[]): Promise<void>;
}

/**
 * Writes each record that still is as it was read. All of them are one transaction, so that a killed process leaves every record as it was, or
 * as it is to be. The transaction fails if the core changes a row meanwhile; then nothing was written.
 */
export function writeOfficialRecords<R extends MovedRecord, Stored extends StoredRecord<R, OfficialVersion>>(
  client: pg.Client,
  records: OfficialRecords<R, Stored>,
  changes: readonly RecordChange<R, OfficialVersion>[],
  announce?: Announce,
): Promise<Outcomes> {
  const keys = changes.map(({ record }) => record.key);
  return unlessLost(client, keys, announce, async () => {
    await records.lock(keys);
    const there = await records.read(keys);
    const current = changes.filter(({ record, replaces }) => there.get(record.key)?.version === replaces?.version);
    // What cannot be read cannot be merged with: it stays as it is.
    const unreadable = current.flatMap(({ record }) => there.get(record.key)?.record ?? []).filter(isRefused);
    const readable = current.filter(({ record }) => !unreadable.some(({ key }) => key === record.key));
    const refused = await records.apply(readable, there);
    return [
      ...readable.map(({ record }) => [record.key, 'written'] as const),
      ...[...unreadable, ...refused].map((each) => [each.key, each] as const),
    ];
  });
}

/** Deletes each record that still is as it was read, in one transaction as well. */
export function removeOfficialRecords<R extends MovedRecord, Stored extends StoredRecord<R, OfficialVersion>>(
  client: pg.Client,
  records: OfficialRecords<R, Stored>,
  wanted: readonly StoredRecord<R, OfficialVersion>[],
): Promise<Outcomes> {
  const keys = wanted.map(({ record }) => record.key);
  return unlessLost(client, keys, undefined, async () => {
    await records.lock(keys);
    const there = await records.read(keys);
    const current = wanted.flatMap(({ record: { key }, version }) => {
      const stored = there.get(key);
      return stored?.version === version ? [stored] : [];
    });
    await records.remove(current);
    return current.map(({ record }) => [record.key, 'written'] as const);
  });
}

/** @returns `overtaken` for each key of which `work` reports nothing */
async function unlessLost(
  client: pg.Client,
  keys: readonly string[],
  announce: Announce | undefined,
  work: () => Promise<readonly (readonly [string, WriteOutcome])[]>,
): Promise<Outcomes> {
  if (keys.length === 0) return new Map();
  const overtaken = keys.map((key) => [key, 'overtaken'] as const);
  try {
    return new Map([...overtaken, ...(await inTransaction(client, announce, work, 'REPEATABLE READ'))]);
  } catch (error) {
    if (isLost(error)) return new Map(overtaken);
    throw error;
  }
}

/** Of records that were announced to be created, and are missing: those that were created. */
export async function deletedOfficialRecords(
  client: pg.Client,
  missing: Parameters<RecordDatabase<MovedRecord, OfficialVersion>['deletedOf']>[0],
): Promise<ReadonlySet<string>> {
  const committed = await committedOf(
    client,
    missing.map(({ ticket }) => ticket),
  );
  return new Set(missing.filter(({ ticket }) => committed.has(ticket ?? '')).map(({ key }) => key));
}
