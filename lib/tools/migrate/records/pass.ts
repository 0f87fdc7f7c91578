import type { Clock } from '../../../core/types.ts';
import type { Terminal } from '../../command-line.ts';
import { type Progress, type ProgressOptions, showProgress } from '../progress.ts';
import { emptyTally, followDeletions, type Move, movePage, movePageAgain, retryBlocked, type Tally } from './move.ts';
import type { Pass, Passes } from './passes.ts';
import type { MovedRecord, RecordDatabase, RefusedRecord } from './record-database.ts';
import type { RemovalTarget } from './removal.ts';

/** What moving the records of one kind takes. */
export interface RecordJob<R extends MovedRecord, Source, Target> extends RemovalTarget<R, Source, Target> {
  readonly passes: Passes;
  readonly clock: Clock;
  readonly terminal: Pick<Terminal, 'print' | 'notify'>;
  /** Where progress is shown. */
  readonly output: ProgressOptions['output'];
}

export interface PassOutcome {
  readonly tally: Tally;
  /** How many records of the source this run has looked at. */
  readonly count: number;
}

/**
 * Brings the target to what the source has created, changed and deleted since the pass before. A killed pass continues where it was, then
 * compares what it had moved before.
 */
export async function runPass<R extends MovedRecord, Source, Target>(
  job: RecordJob<R, Source, Target>,
): Promise<PassOutcome> {
  const { passes, agreements, isDryRun, kind, terminal } = job;
  const last = isDryRun ? undefined : await passes.read();
  const hadRecords = await isAny(agreements.pages());
  if (last !== undefined) {
    terminal.notify(`Continuing with the ${kind.title.toLowerCase()}, from ${new Date(last.startedAt).toISOString()}.`);
  }
  const move = moveOf(job, last);
  const count = await moveAll(job, move, last);
  if (last !== undefined) await moveAgain(job, move);
  if (hadRecords) await follow(job, move);
  await retryBlocked(move);
  if (!isDryRun) await passes.forget();
  return { tally: move.tally, count };
}

/** What is listed again by this run does not count twice. */
function moveOf<R extends MovedRecord, Source, Target>(
  { kind, source, target, agreements, isDryRun, terminal }: RecordJob<R, Source, Target>,
  last: Pass | undefined,
): Move<R, Source, Target> {
  const tally = { ...(last?.tally ?? emptyTally()), conflict: 0, refused: 0 };
  const onRefused = ({ key, reason }: RefusedRecord) => terminal.print(`Not moved: ${kind.one} ${key}: ${reason}`);
  return {
    kind,
    source,
    target,
    agreements,
    isDryRun,
    tally,
    listed: new Set(),
    blocked: new Map(),
    onRefused,
  };
}

/** Everything, or what comes after the position at which a killed pass was. */
async function moveAll<R extends MovedRecord, Source, Target>(
  job: RecordJob<R, Source, Target>,
  move: Move<R, Source, Target>,
  last: Pass | undefined,
): Promise<number> {
  const { source, passes, isDryRun, clock } = job;
  const startedAt = last?.startedAt ?? clock();
  const progress = progressOf(job, job.kind.title, await source.count(), last?.count);
  let looked = 0;
  for await (const page of source.pages(last?.position)) {
    await movePage(move, page);
    const size = page.records.length + page.refused.length;
    looked += size;
    const count = (last?.count ?? 0) + looked;
    if (!isDryRun) await passes.write({ startedAt, position: page.position, count, tally: move.tally });
    progress.add(size);
  }
  progress.end();
  return looked;
}

/** What the killed pass had moved may have changed since, and what is new may be in front of its position. */
async function moveAgain<R extends MovedRecord, Source, Target>(
  job: RecordJob<R, Source, Target>,
  move: Move<R, Source, Target>,
): Promise<void> {
  const progress = progressOf(job, `${job.kind.title}, again`, await job.source.count());
  for await (const page of job.source.pages()) {
    await movePageAgain(move, page);
    progress.add(page.records.length + page.refused.length);
  }
  progress.end();
}

async function follow<R extends MovedRecord, Source, Target>(
  job: RecordJob<R, Source, Target>,
  move: Move<R, Source, Target>,
): Promise<void> {
  if (!(await hasRecords(job.source)) && (await hasRecords(job.target))) {
    refuseAll(move, 'the source has none left, which looks like a mistake. None is deleted in the target');
    return;
  }
  const progress = progressOf(job, `${job.kind.title}, deleted since`, undefined);
  await followDeletions(move, progress.add);
  progress.end();
  if (move.tally.deleted > 0 && !(await hasRecords(job.target))) {
    refuseAll(move, 'the target has none left, so all of them count as deleted there. None is created again');
  }
}

/** One line for all records of the kind. */
function refuseAll<R extends MovedRecord, Source, Target>(
  { tally, onRefused }: Move<R, Source, Target>,
  reason: string,
): void {
  tally.refused++;
  onRefused({ key: `(all of them)`, reason });
}

const hasRecords = async (database: Pick<RecordDatabase<MovedRecord, unknown>, 'pages'>): Promise<boolean> => {
  for await (const { records, refused } of database.pages()) if (records.length + refused.length > 0) return true;
  return false;
};

async function isAny(pages: AsyncIterable<readonly unknown[]>): Promise<boolean> {
  for await (const page of pages) if (page.length > 0) return true;
  return false;
}

export const progressOf = (
  { output, clock }: Pick<RecordJob<MovedRecord, unknown, unknown>, 'output' | 'clock'>,
  label: string,
  total: number | undefined,
  already = 0,
): Progress => showProgress({ label, total, already, output, clock });
