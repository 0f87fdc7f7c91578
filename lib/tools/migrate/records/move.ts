import { patiently } from '../../operator/patience.ts';
import type { Agreement } from './agreement.ts';
import { mergeOnce, type Outcome } from './merge.ts';
import { isRefused, type MovedRecord, type RecordPage, type RefusedRecord } from './record-database.ts';
import { type RemovalTarget, removeOnce } from './removal.ts';

/** What became of the records of a pass. A record that is changed only in part also counts as a conflict. */
export type Tally = Record<Outcome | 'removed', number>;

export const emptyTally = (): Tally => ({
  created: 0,
  changed: 0,
  same: 0,
  newer: 0,
  deleted: 0,
  conflict: 0,
  refused: 0,
  removed: 0,
});

export interface Move<R extends MovedRecord, Source, Target> extends RemovalTarget<R, Source, Target> {
  /** Counts what this move does. */
  readonly tally: Tally;
  /** The records that this run has listed, as far as they are remembered: a pass may come past a record twice. */
  readonly listed: Set<string>;
  /** What the target could not write, with the reason, until a later write clears the way. */
  readonly blocked: Map<string, string>;
  /** Is called with each record that is not moved as a whole. */
  readonly onRefused: (refused: RefusedRecord) => void;
}

/** Moves a page of the source. */
export async function movePage<R extends MovedRecord, Source, Target>(
  move: Move<R, Source, Target>,
  page: RecordPage<R>,
): Promise<void> {
  for (const refused of page.refused) refuse(move, 'refused', refused);
  await moveRecords(move, page.records);
}

/** Deletes from the target what the source has deleted. @param onProgress receives the number of records that were looked at */
export async function followDeletions<R extends MovedRecord, Source, Target>(
  move: Move<R, Source, Target>,
  onProgress: (count: number) => void,
): Promise<void> {
  for await (const agreed of move.agreements.pages()) {
    const found = await patiently(() => move.source.read(agreed.map(({ key }) => key)));
    await removeGone(
      move,
      agreed.filter(({ key }) => !found.has(key)),
    );
    onProgress(agreed.length);
  }
}

/** As many records are remembered because they were listed, or wait for a retry, so that memory does not grow with their number. */
const MAX_REMEMBERED = 100_000;

/** Records that are retried at once. */
const RETRIED_AT_ONCE = 100;

/**
 * Retries records that stood in each other's way, such as two users of whom one got the other's e-mail. Lists those
 * that still cannot be written.
 */
export async function retryBlocked<R extends MovedRecord, Source, Target>(
  move: Move<R, Source, Target>,
): Promise<void> {
  const { blocked, source, agreements } = move;
  for (let before = Number.POSITIVE_INFINITY; blocked.size < before; ) {
    before = blocked.size;
    const keys = [...blocked.keys()];
    blocked.clear();
    for (let start = 0; start < keys.length; start += RETRIED_AT_ONCE) {
      const some = keys.slice(start, start + RETRIED_AT_ONCE);
      const found = await patiently(() => source.read(some));
      await moveRecords(
        move,
        [...found.values()].flatMap(({ record }) => (isRefused(record) ? [] : [record])),
      );
      const agreed = await patiently(() => agreements.read(some.filter((key) => !found.has(key))));
      await removeGone(move, [...agreed.values()]);
    }
  }
  for (const [key, reason] of blocked) refuse(move, 'refused', { key, reason });
  blocked.clear();
}

/** So often a record that changes all the time is decided upon again. */
const MAX_ROUNDS = 50;
const RESTLESS = 'the target changes it all the time';

/** A record that another process changes between our reading and our writing is decided upon again. */
async function moveRecords<R extends MovedRecord, Source, Target>(
  move: Move<R, Source, Target>,
  records: readonly R[],
): Promise<void> {
  let left = records;
  for (let round = 0; left.length > 0 && round < MAX_ROUNDS; round++) {
    const once = left;
    const { settled, blocked, overtaken } = await patiently(() => mergeOnce(move, once));
    for (const { record, outcome, reason, change } of settled) {
      if (reason === undefined || change !== undefined) move.tally[outcome]++;
      if (reason !== undefined)
        refuse(move, outcome === 'refused' ? 'refused' : 'conflict', { key: record.key, reason });
    }
    for (const each of blocked) block(move, each);
    left = overtaken;
  }
  for (const { key } of left) refuse(move, 'refused', { key, reason: RESTLESS });
}

async function removeGone<R extends MovedRecord, Source, Target>(
  move: Move<R, Source, Target>,
  gone: readonly Agreement[],
): Promise<void> {
  let left = gone;
  for (let round = 0; left.length > 0 && round < MAX_ROUNDS; round++) {
    const once = left;
    const { count, refused, blocked, overtaken } = await patiently(() => removeOnce(move, once));
    move.tally.removed += count;
    for (const each of refused) refuse(move, 'conflict', each);
    for (const each of blocked) block(move, each);
    left = overtaken;
  }
  for (const { key } of left) refuse(move, 'refused', { key, reason: RESTLESS });
}

function block<R extends MovedRecord, Source, Target>(move: Move<R, Source, Target>, refused: RefusedRecord): void {
  if (move.blocked.size < MAX_REMEMBERED) move.blocked.set(refused.key, refused.reason);
  else refuse(move, 'refused', refused);
}

function refuse<R extends MovedRecord, Source, Target>(
  { tally, listed, onRefused }: Move<R, Source, Target>,
  as: 'refused' | 'conflict',
  refused: RefusedRecord,
): void {
  if (listed.has(refused.key)) return;
  if (listed.size < MAX_REMEMBERED) listed.add(refused.key);
  tally[as]++;
  onRefused(refused);
}
