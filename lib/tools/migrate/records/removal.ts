import { type Agreement, commonMarks } from './agreement.ts';
import { isChanged } from './decision.ts';
import { type Marks, marksOf } from './marks.ts';
import { deletedSince, type MergeTarget } from './merge.ts';
import {
  isRefused,
  type MovedRecord,
  type RecordDatabase,
  type RefusedRecord,
  type StoredRecord,
} from './record-database.ts';

export interface RemovalTarget<R extends MovedRecord, Source, Target> extends MergeTarget<R, Target> {
  readonly source: RecordDatabase<R, Source>;
}

/** What became of records that the source no longer has. */
export interface Removed {
  /** How many were deleted from the target. */
  readonly count: number;
  /** What the target has changed since, or cannot read. */
  readonly refused: readonly RefusedRecord[];
  /** What the target could not delete. A later write may clear the way. */
  readonly blocked: readonly RefusedRecord[];
  /** Records that another process has changed meanwhile. */
  readonly overtaken: readonly Agreement[];
}

/** A record that is to be deleted. */
interface Doomed<R extends MovedRecord, Version> {
  readonly agreement: Agreement;
  readonly stored: StoredRecord<R, Version>;
  readonly common: Marks;
}

/**
 * Deletes from the target what the source has deleted and the target has not changed. Like a write, each deletion is announced, since a
 * process that is killed may leave some parts of a record.
 * @param gone the agreements on records that the source does not have
 */
export async function removeOnce<R extends MovedRecord, Source, Target>(
  into: RemovalTarget<R, Source, Target>,
  gone: readonly Agreement[],
): Promise<Removed> {
  const { target, agreements, isDryRun } = into;
  const { doomed, refused, forgotten } = await decideOnGone(into, gone);
  if (isDryRun) return { count: doomed.length, refused, blocked: [], overtaken: [] };
  await agreements.forget(forgotten);
  if (doomed.length === 0) return { count: 0, refused, blocked: [], overtaken: [] };
  const announced = { to: target.side, marks: undefined, ticket: undefined };
  await agreements.write(doomed.map(({ agreement: { key }, common }) => ({ key, marks: common, announced })));
  const outcomes = await target.remove(doomed.map(({ stored }) => stored));
  const outcomeOf = ({ agreement }: Doomed<R, Target>) => outcomes.get(agreement.key) ?? 'written';
  const written = doomed.filter((each) => outcomeOf(each) === 'written');
  const blocked = doomed.filter((each) => typeof outcomeOf(each) === 'object');
  await agreements.write(
    blocked.map(({ agreement: { key }, common }) => ({ key, marks: common, announced: undefined })),
  );
  // Of a login method that others are linked to, the id stays until these are gone, too. The next pass reads it again.
  const left = await target.read(written.map(({ agreement: { key } }) => key));
  // Last: after a crash before it, the next pass does this again.
  await agreements.forget(written.map(({ agreement: { key } }) => key).filter((key) => !left.has(key)));
  const overtaken = doomed.filter((each) => outcomeOf(each) === 'overtaken');
  return {
    count: written.length,
    refused,
    blocked: blocked.map((each) => outcomeOf(each) as RefusedRecord),
    overtaken: overtaken.map(({ agreement, common }) => ({ ...agreement, marks: common, announced })),
  };
}

async function decideOnGone<R extends MovedRecord, Source, Target>(
  { kind, source, target }: RemovalTarget<R, Source, Target>,
  gone: readonly Agreement[],
) {
  const there = await target.read(gone.map(({ key }) => key));
  const deleted = await deletedSince(source, gone);
  const doomed: Doomed<R, Target>[] = [];
  const refused: RefusedRecord[] = [];
  const forgotten: string[] = [];
  for (const agreement of gone) {
    const { key } = agreement;
    const stored = there.get(key);
    if (stored === undefined) {
      forgotten.push(key);
      continue;
    }
    if (isRefused(stored.record)) {
      refused.push(stored.record);
      continue;
    }
    const record = stored.record;
    const common = commonMarks(kind, agreement, (to) => ({
      marks: to === target.side ? marksOf(kind, record) : undefined,
      wasCreated: deleted.has(key),
    }));
    // A killed pass in the other direction announced it, and never wrote it to what is now the source.
    if (common === undefined) continue;
    if (isChanged(kind, record, common)) refused.push({ key, reason: CHANGED });
    else doomed.push({ agreement, stored, common });
  }
  return { doomed, refused, forgotten };
}

const CHANGED = 'deleted in the source, and changed in the target since';
