import { type Agreement, commonMarks } from './agreement.ts';
import type { Agreements } from './agreements.ts';
import { isChanged, mergeRecords } from './decision.ts';
import { type Marks, marksOf } from './marks.ts';
import {
  isRefused,
  type MovedRecord,
  type RecordChange,
  type RecordDatabase,
  type RefusedRecord,
  type StoredRecord,
  type WriteOutcome,
} from './record-database.ts';
import type { PartName, RecordKind } from './record-kind.ts';

/**
 * What becomes of a record of the source. `created`: the target has never had it. `changed`: the target gets what the source has changed.
 * `same`: both have the same. `newer`: only the target has changed it. `deleted`: the target had it, and has deleted it.
 * `conflict`: both have changed it, and nothing is written. `refused`: it cannot be moved.
 */
export type Outcome = 'created' | 'changed' | 'same' | 'newer' | 'deleted' | 'conflict' | 'refused';

/** A record, what the target has of it, and what becomes of it. */
export interface Decided<R extends MovedRecord, Version> {
  readonly record: R;
  readonly stored: StoredRecord<R, Version> | undefined;
  readonly agreement: Agreement | undefined;
  /** What both sides last had in common. */
  readonly common: Marks | undefined;
  readonly outcome: Outcome;
  /** What is to be written; absent if nothing is. */
  readonly change?: Pick<RecordChange<R, Version>, 'record' | 'changed'>;
  /** What both sides have in common once that is written. */
  readonly next: Marks | undefined;
  /** Why something of the record stays different on the two sides. */
  readonly reason?: string;
}

export interface Merged<R extends MovedRecord> {
  readonly settled: readonly Pick<Decided<R, unknown>, 'record' | 'outcome' | 'reason' | 'change'>[];
  /** What the target could not write. A later write may clear the way. */
  readonly blocked: readonly RefusedRecord[];
  /** Records that another process has changed meanwhile. */
  readonly overtaken: readonly R[];
}

/** Where records are merged into. */
export interface MergeTarget<R extends MovedRecord, Version> {
  readonly kind: RecordKind<R>;
  readonly target: RecordDatabase<R, Version>;
  readonly agreements: Agreements;
  /** Decides everything and writes nothing. */
  readonly isDryRun: boolean;
}

/**
 * Decides on records of the source and writes them to the target. A process that is killed at any point leaves the next one
 * what it needs to continue:
 * 1. An agreement announces each write before it is made.
 * 2. The record is written, if the target has not changed it since it was read.
 * 3. The agreement is written: it says what both sides have in common from now on.
 */
export async function mergeOnce<R extends MovedRecord, Version>(
  into: MergeTarget<R, Version>,
  records: readonly R[],
): Promise<Merged<R>> {
  const decided = await decideAll(into, records);
  const outcomes = into.isDryRun ? new Map<string, WriteOutcome>() : await writeAll(into, decided);
  const outcomeOf = ({ record }: Decided<R, Version>): WriteOutcome => outcomes.get(record.key) ?? 'written';
  const settled = decided.filter((each) => outcomeOf(each) === 'written');
  const blocked = decided.filter((each) => typeof outcomeOf(each) === 'object');
  if (!into.isDryRun) {
    await note(into.agreements, settled);
    // The announcement is withdrawn.
    await noteAll(
      into.agreements,
      blocked.map(({ record: { key }, common }) => [key, common]),
    );
  }
  return {
    settled,
    blocked: blocked.map((each) => outcomeOf(each) as RefusedRecord),
    overtaken: decided.filter((each) => outcomeOf(each) === 'overtaken').map(({ record }) => record),
  };
}

/** Decides on records, and writes nothing. */
export async function decideAll<R extends MovedRecord, Version>(
  into: MergeTarget<R, Version>,
  records: readonly R[],
): Promise<Decided<R, Version>[]> {
  const keys = records.map(({ key }) => key);
  const [there, agreed] = await Promise.all([into.target.read(keys), into.agreements.read(keys)]);
  const deleted = await deletedSince(
    into.target,
    [...agreed.values()].filter(({ key }) => !there.has(key)),
  );
  return records.map((record) => {
    const stored = there.get(record.key);
    const agreement = agreed.get(record.key);
    if (stored !== undefined && isRefused(stored.record)) {
      const { reason } = stored.record;
      return {
        record,
        stored,
        agreement,
        common: agreement?.marks,
        next: agreement?.marks,
        outcome: 'refused',
        reason,
      };
    }
    const other = stored?.record as R | undefined;
    const common = commonMarks(into.kind, agreement, (to) => ({
      marks: to !== into.target.side ? marksOf(into.kind, record) : other && marksOf(into.kind, other),
      wasCreated: deleted.has(record.key),
    }));
    return { record, stored, agreement, common, ...decideOne(into, record, other, common) };
  });
}

/** @returns the keys of the records that an earlier pass created, and that were deleted before the pass noted it */
export async function deletedSince<R extends MovedRecord, Version>(
  database: RecordDatabase<R, Version>,
  missing: readonly Agreement[],
): Promise<ReadonlySet<string>> {
  const inDoubt = missing.flatMap(({ key, marks, announced }) =>
    marks === undefined && announced?.marks !== undefined && announced.to === database.side
      ? [{ key, ticket: announced.ticket }]
      : [],
  );
  return inDoubt.length === 0 ? new Set() : database.deletedOf(inDoubt);
}

type Verdict<R extends MovedRecord> = Pick<Decided<R, unknown>, 'outcome' | 'change' | 'next' | 'reason'>;

function decideOne<R extends MovedRecord, Version>(
  { kind, target }: MergeTarget<R, Version>,
  record: R,
  other: R | undefined,
  common: Marks | undefined,
): Verdict<R> {
  if (other === undefined) return decideOnMissing(kind, target, record, common);
  const merged = mergeRecords(kind, record, other, common);
  const { changed, conflicts, common: next } = merged;
  const reason = conflicts.length === 0 ? {} : { reason: conflictIn(kind, conflicts) };
  if (changed.length > 0) {
    const refusal = target.refusalOf(merged.record);
    if (refusal !== undefined) return { outcome: 'refused', next: common, reason: refusal };
    return { outcome: 'changed', change: { record: merged.record, changed }, next, ...reason };
  }
  if (conflicts.length > 0) return { outcome: 'conflict', next, ...reason };
  return { outcome: merged.isTargetNewer ? 'newer' : 'same', next };
}

function decideOnMissing<R extends MovedRecord, Version>(
  kind: RecordKind<R>,
  target: RecordDatabase<R, Version>,
  record: R,
  common: Marks | undefined,
): Verdict<R> {
  if (common !== undefined) {
    if (!isChanged(kind, record, common)) return { outcome: 'deleted', next: common };
    return { outcome: 'conflict', next: common, reason: 'deleted in the target, and changed in the source since' };
  }
  const refusal = target.refusalOf(record);
  if (refusal !== undefined) return { outcome: 'refused', next: undefined, reason: refusal };
  const changed = Object.keys(record.parts) as PartName<R>[];
  return { outcome: 'created', change: { record, changed }, next: marksOf(kind, record) };
}

const conflictIn = <R extends MovedRecord>({ partNames }: RecordKind<R>, conflicts: readonly PartName<R>[]): string =>
  `both sides have changed ${conflicts.map((name) => partNames[name]).join(', ')}. Each side keeps its own`;

function writeAll<R extends MovedRecord, Version>(
  { target, agreements }: MergeTarget<R, Version>,
  decided: readonly Decided<R, Version>[],
): Promise<ReadonlyMap<string, WriteOutcome>> {
  const writes = decided.flatMap((each) => (each.change === undefined ? [] : [{ ...each, change: each.change }]));
  if (writes.length === 0) return Promise.resolve(new Map());
  // A later time needs no announcement: it is written again whatever became of it.
  const announced = writes.filter(({ common, next }) => !isSame(common, next));
  return target.write(
    writes.map(({ change, stored }) => ({ ...change, replaces: stored })),
    (ticket) =>
      agreements.write(
        announced.map(({ record: { key }, common, next }) => ({
          key,
          marks: common,
          announced: { to: target.side, marks: next, ticket },
        })),
      ),
  );
}

/** Notes what both sides have in common from now on, where that is news. */
async function note<R extends MovedRecord, Version>(
  agreements: Agreements,
  settled: readonly Decided<R, Version>[],
): Promise<void> {
  const readable = settled.filter(({ stored }) => stored === undefined || !isRefused(stored.record));
  const news = readable.filter(
    ({ agreement, next }) => agreement?.announced !== undefined || !isSame(agreement?.marks, next),
  );
  await noteAll(
    agreements,
    news.map(({ record: { key }, next }) => [key, next]),
  );
}

/** @param marks of each record by its key; `undefined` if both sides have nothing in common */
async function noteAll(
  agreements: Agreements,
  marks: readonly (readonly [string, Marks | undefined])[],
): Promise<void> {
  const agreed = marks.flatMap(([key, each]) =>
    each === undefined ? [] : [{ key, marks: each, announced: undefined }],
  );
  await agreements.write(agreed);
  await agreements.forget(marks.flatMap(([key, each]) => (each === undefined ? [key] : [])));
}

/** Whether two records have the same marks. Their parts are always in the same order. */
const isSame = (one: Marks | undefined, other: Marks | undefined): boolean =>
  (one && JSON.stringify(one)) === (other && JSON.stringify(other));
