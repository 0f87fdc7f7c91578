import { type Job, moveOf, progressOf } from '../job.ts';
import { movePage } from './move.ts';
import type { SessionDatabase } from './session-database.ts';

/** How two sides compare, by every session's hash. */
export interface Comparison {
  readonly compared: number;
  readonly same: number;
  /** Changed or revoked at the target since; that is as it should be once the target is in use. */
  readonly newer: number;
  /** Not at the target, older there, or changed on both sides. */
  readonly missing: number;
  /** At the target alone. */
  readonly onlyThere: number;
}

/** Compares every session of the source with the target's; writes nothing. */
export async function compare<Source, Target>(
  job: Job,
  source: SessionDatabase<Source>,
  target: SessionDatabase<Target>,
): Promise<Comparison> {
  // What there is to list was listed before.
  const listNothing = { onRefused: () => undefined, onNote: () => undefined };
  const move = { ...moveOf({ ...job, isDryRun: true }, source, target), ...listNothing };
  const progress = progressOf(job, 'Comparing', await source.count());
  for await (const page of source.pages()) {
    await movePage(move, page);
    progress.add(page.sessions.length + page.refused.length);
  }
  progress.end();
  const { same, keep, revoked, create, replace, conflict } = move.tally;
  let there = 0;
  for await (const { sessions } of target.pages())
    there += sessions.filter(({ expiry }) => expiry > job.clock()).length;
  const missing = create + replace + conflict;
  return {
    compared: same + keep + revoked + missing,
    same,
    newer: keep + revoked,
    missing,
    onlyThere: there - same - keep - replace - conflict,
  };
}
