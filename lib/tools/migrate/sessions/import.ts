import type { Millis } from '../../../core/types.ts';
import { CommandFailed } from '../../command-line.ts';
import { type ImportOutcome, type Job, moveOf, progressOf } from '../job.ts';
import { hasUnexpired } from './agreements.ts';
import type { ItemVersion } from './dynamodb-sessions.ts';
import { emptyTally, followChanges, type Move, movePage } from './move.ts';
import type { RowVersion } from './official-writes.ts';
import type { Pass } from './passes.ts';

/**
 * The official core's clock may differ from its database's, and a row may be written a while after the time in it. So
 * the import looks so much further back.
 */
const MARGIN: Millis = 60_000;

type Import = Move<RowVersion, ItemVersion>;

/** What is to be imported: everything, or only what has changed since a moment, or since the last import began. */
export type Since = Millis | 'last' | undefined;

/**
 * Takes over an official core's sessions. A killed import of everything continues where it was. A later import, like
 * one with `since`, also copies what has changed, and revokes what was revoked there.
 * @throws CommandFailed if the target cannot take it over
 */
export async function importSessions(job: Job, since: Since): Promise<ImportOutcome> {
  const last = await job.passes.read();
  const startedAt = await job.official.now();
  if (since !== undefined) return importChanges(job, momentOf(since, last), startedAt);
  const isResumed = last !== undefined && !last.isComplete && !job.isDryRun;
  if (isResumed) job.terminal.notify(`Continuing the import of ${timeOf(last.startedAt)}.`);
  // An export, or an import that was killed on its first page, leaves agreements and no pass.
  const isLater = last !== undefined || (await hasUnexpired(job.agreements, job.clock()));
  const fresh = { startedAt, position: undefined, tally: emptyTally(), isLater, isComplete: false };
  return importEverything(job, isResumed ? last : fresh, isResumed);
}

/** Does nothing unless an import of everything has to come first. @throws CommandFailed then */
export async function checkSince({ passes }: Job, since: Since): Promise<void> {
  if (since !== undefined) momentOf(since, await passes.read());
}

/**
 * Not later than when the last import began: what was created between the two would never come.
 * @throws CommandFailed before everything was imported once, for the same reason
 */
function momentOf(since: Millis | 'last', last: Pass | undefined): Millis {
  if (!last?.isComplete) {
    throw new CommandFailed('--since needs a finished import of everything. Import without --since first.');
  }
  return since === 'last' ? last.startedAt : Math.min(since, last.startedAt);
}

/**
 * Every session, or those after the position at which a killed run was; if it is not the first time, revocations too. What
 * the killed run had moved is compared again: it may have changed since.
 */
async function importEverything(job: Job, pass: Pass, isResumed: boolean): Promise<ImportOutcome> {
  const { official, passes, isDryRun } = job;
  const options = { after: pass.position };
  const [left = 0, all = 0] = [await official.sessions.count(options), await official.sessions.count()];
  const move: Import = moveOf(job, official.sessions, job.ours, { ...pass.tally });
  const progress = progressOf(job, 'Sessions', all, all - left);
  let { position } = pass;
  let count = 0;
  for await (const page of official.sessions.pages(options)) {
    await movePage(move, page);
    position = page.position;
    count += page.sessions.length + page.refused.length;
    if (!isDryRun) await passes.write({ ...pass, position, tally: move.tally });
    progress.add(page.sessions.length + page.refused.length);
  }
  progress.end();
  if (pass.isLater || isResumed) await follow(job, move, isResumed ? Number.POSITIVE_INFINITY : 0);
  if (!isDryRun) await passes.write({ ...pass, position, tally: move.tally, isComplete: true });
  return { tally: move.tally, count, startedAt: pass.startedAt };
}

/** What was created since, then what has changed or was revoked of what is here. */
async function importChanges(job: Job, from: Millis, startedAt: Millis): Promise<ImportOutcome> {
  const { official, passes, isDryRun } = job;
  const since = from - MARGIN;
  const move: Import = moveOf(job, official.sessions, job.ours);
  const progress = progressOf(job, 'Created since', await official.sessions.count({ since }));
  let count = 0;
  for await (const page of official.sessions.pages({ since })) {
    await movePage(move, page);
    count += page.sessions.length + page.refused.length;
    progress.add(page.sessions.length + page.refused.length);
  }
  progress.end();
  count += await follow(job, move, since);
  if (!isDryRun)
    await passes.write({ startedAt, position: undefined, tally: move.tally, isLater: true, isComplete: true });
  return { tally: move.tally, count, startedAt };
}

/** @param since what was created from then on was compared before @returns how many sessions were looked at */
async function follow(job: Job, move: Import, since: Millis): Promise<number> {
  const total = await job.official.sessions.count();
  if (total === 0 && (await hasUnexpired(job.agreements, job.clock())))
    throw new CommandFailed('There is no session left in session_info, so nothing is revoked here.');
  // What was moved is still there, but for a few that were revoked.
  const progress = progressOf(job, 'Changed or revoked since', total);
  let count = 0;
  await followChanges(
    move,
    ({ createdAt }) => createdAt >= since,
    (looked) => {
      count += looked;
      progress.add(looked);
    },
  );
  progress.end();
  return count;
}

export const timeOf = (time: Millis): string => new Date(time).toISOString();
