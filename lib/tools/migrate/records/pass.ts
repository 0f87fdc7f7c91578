import type { Clock } from '../../../core/types.ts';
import type { Terminal } from '../../command-line.ts';
import { type Progress, type ProgressOptions, showProgress } from '../progress.ts';
import { emptyTally, followDeletions, type Move, movePage, retryBlocked, type Tally } from './move.ts';
import type { Pass, Passes } from './passes.ts';
import type { MovedRecord, RecordDatabase, RecordPage } from './record-database.ts';
import type { RemovalTarget } from './removal.ts';

/** What moving the records of one kind takes. */
export interface RecordJob<R extends MovedRecord, Source, Target> extends RemovalTarget<R, Source, Target> {
  readonly passes: Passes;
  /** The users of both sides. A side without users and without records of this kind looks like a mistake. */
  readonly users: { readonly source: Pages; readonly target: Pages };
  readonly clock: Clock;
  readonly terminal: Pick<Terminal, 'print' | 'notify'>;
  /** Where progress is shown. */
  readonly output: ProgressOptions['output'];
}

type Pages = Pick<RecordDatabase<MovedRecord, unknown>, 'pages'>;

export interface PassOutcome {
  readonly tally: Tally;
  /** How many records of the source this run has looked at. */
  readonly count: number;
}

/**
 * Brings the target to what the source has created, changed and deleted since the pass before. A killed pass continues where it was, and
 * then compares what it had moved before.
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
  const move = moveOf(job);
  const moved = await moveRest(job, move, last);
  const compared = last === undefined ? 0 : await moveAgain(job, move, last);
  if (hadRecords) await follow(job, move);
  await retryBlocked(move);
  if (!isDryRun) await passes.forget();
  return { tally: move.tally, count: moved + compared };
}

const moveOf = <R extends MovedRecord, Source, Target>({
  passes: _passes,
  users: _users,
  clock: _clock,
  output: _output,
  terminal,
  ...parts
}: RecordJob<R, Source, Target>): Move<R, Source, Target> => ({
  ...parts,
  tally: emptyTally(),
  listed: new Set(),
  blocked: new Map(),
  onRefused: ({ key, reason }) => terminal.print(`Not moved: ${parts.kind.one} ${key}: ${reason}`),
});

/** Everything, or what comes after the position at which a killed pass was. @returns how many records that is */
async function moveRest<R extends MovedRecord, Source, Target>(
  job: RecordJob<R, Source, Target>,
  move: Move<R, Source, Target>,
  last: Pass | undefined,
): Promise<number> {
  const { source, passes, isDryRun, clock } = job;
  const startedAt = last?.startedAt ?? clock();
  const before = last?.count ?? 0;
  const progress = progressOf(job, job.kind.title, await source.count(), before);
  let count = 0;
  for await (const page of source.pages(last?.position)) {
    await movePage(move, page);
    const keys = keysIn(page);
    count += keys.length;
    const pass = { startedAt, position: page.position, lastKey: keys.at(-1) ?? '', count: before + count };
    if (!isDryRun) await passes.write(pass);
    progress.add(keys.length);
  }
  progress.end();
  return count;
}

/**
 * What the killed pass had moved may have changed since, and what is new may come before its position.
 * @returns how many records that is
 */
async function moveAgain<R extends MovedRecord, Source, Target>(
  job: RecordJob<R, Source, Target>,
  move: Move<R, Source, Target>,
  last: Pass,
): Promise<number> {
  const progress = progressOf(job, `${job.kind.title}, moved before`, last.count);
  let count = 0;
  let isBehind = false;
  for await (const page of job.source.pages()) {
    await movePage(move, page);
    const keys = keysIn(page);
    count += keys.length;
    progress.add(keys.length);
    // Pages need not end where they ended before. If the last record was deleted since, the rest is compared once more.
    if (isBehind) break;
    isBehind = keys.includes(last.lastKey);
  }
  progress.end();
  return count;
}

const keysIn = ({ records, refused }: RecordPage<MovedRecord>): string[] =>
  [...refused, ...records].map(({ key }) => key);

async function follow<R extends MovedRecord, Source, Target>(
  job: RecordJob<R, Source, Target>,
  move: Move<R, Source, Target>,
): Promise<void> {
  if ((await isEmptied(job.source, job.users.source)) && (await hasRecords(job.target))) {
    refuseAll(
      move,
      'the source has none left, and no users, which looks like a mistake. None is deleted in the target',
    );
    return;
  }
  const progress = progressOf(job, `${job.kind.title}, deleted since`, undefined);
  await followDeletions(move, progress.add);
  progress.end();
  if (move.tally.deleted > 0 && (await isEmptied(job.target, job.users.target))) {
    refuseAll(move, 'the target has none left, and no users, so all count as deleted there. None is created again');
  }
}

/** One line for all records of the kind. */
function refuseAll<R extends MovedRecord, Source, Target>(
  { tally, onRefused }: Move<R, Source, Target>,
  reason: string,
): void {
  tally.refused++;
  onRefused({ key: '(all of them)', reason });
}

const isEmptied = async (records: Pages, users: Pages): Promise<boolean> =>
  !(await hasRecords(records)) && !(await hasRecords(users));

const hasRecords = async (database: Pages): Promise<boolean> => {
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
