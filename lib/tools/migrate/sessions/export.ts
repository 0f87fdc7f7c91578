import { CommandFailed } from '../../command-line.ts';
import { type Job, moveOf, type Outcome, progressOf } from '../job.ts';
import { hasUnexpired } from './agreements.ts';
import { followChanges, movePage } from './move.ts';

/**
 * Gives our sessions to an official core: what it does not have, what we have rotated later or changed alone, and what was
 * revoked here. What is there already is not touched, so that a second run is short.
 * @throws CommandFailed if there are no sessions at all on one of the sides, but were: that is rather a mistake
 */
export async function exportSessions(job: Job): Promise<Outcome> {
  const isEmptyThere = (await job.official.sessions.count()) === 0;
  const move = moveOf(job, job.ours, job.official.sessions);
  const progress = progressOf(job, 'Sessions', undefined);
  let count = 0;
  for await (const page of job.ours.pages()) {
    await movePage(move, page);
    count += page.sessions.length;
    progress.add(page.sessions.length);
  }
  progress.end();
  if (count === 0 && (await hasUnexpired(job.agreements, job.clock())))
    throw new CommandFailed('There is no session left here, so nothing is revoked there.');
  if (isEmptyThere && move.tally.revoked > 0) throw new CommandFailed(emptyThere(move.tally.revoked));
  // What was moved is still here, but for a few that were revoked.
  const revoked = progressOf(job, 'Revoked since', count);
  await followChanges(
    move,
    () => true,
    (looked) => revoked.add(looked),
  );
  revoked.end();
  return { tally: move.tally, count };
}

const emptyThere = (count: number): string =>
  `session_info has none of the ${count} sessions that it had, so all of them would count as revoked. ` +
  "To export all the same, make that core a new one: DELETE FROM key_value WHERE name = 'refresh_token_key'";
