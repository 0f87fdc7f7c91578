import type { CoreConfig } from '../../core/index.ts';
import type { Clock } from '../../core/types.ts';
import { createDynamoDb } from '../../dynamodb/client.ts';
import { EXIT, type ExitCode, type Terminal } from '../command-line.ts';
import { createBulk } from '../operator/bulk.ts';
import type { SessionTables } from '../operator/session-tables.ts';
import type { Job, Outcome } from './job.ts';
import { exportKeys } from './keys/export-keys.ts';
import { importKeys } from './keys/import-keys.ts';
import type { OfficialDatabase } from './official-database.ts';
import { type JobParts, openJob, openKeyJob } from './open-job.ts';
import { openUserMoves } from './open-user-moves.ts';
import type { ProgressOptions } from './progress.ts';
import { exportSessions } from './sessions/export.ts';
import { checkSince, importSessions, type Since, timeOf } from './sessions/import.ts';
import { describeComparison, reportOf } from './sessions/report.ts';
import { type Comparison, compare } from './sessions/verify.ts';
import type { KindMove } from './user-moves.ts';

/** What a run of the command takes. */
export interface Parts {
  readonly official: OfficialDatabase;
  readonly tables: SessionTables;
  readonly settings: CoreConfig;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly output: ProgressOptions['output'];
  readonly isDryRun: boolean;
  /** Whether the two sides are compared at the end. */
  readonly isVerified: boolean;
}

const jobPartsOf = ({ tables, isVerified: _isVerified, ...parts }: Parts): JobParts => ({
  ...parts,
  db: createDynamoDb(tables.db),
  bulk: createBulk(tables.db),
  names: tables.names,
});

/** Keys come first, since without them no session can be used, and sessions last, since they are of users. */
export async function runImport(parts: Parts, since: Since): Promise<ExitCode> {
  const jobParts = jobPartsOf(parts);
  const job = await openJob(jobParts);
  // Before anything is written.
  await checkSince(job, since);
  const refusedKeys = await importKeys(job);
  const users = await openUserMoves(jobParts, parts.tables.where, 'import');
  const areUsersMoved = await runAll(users);
  const outcome = await timed(job, () => importSessions(job, since));
  if (!job.isDryRun) job.terminal.print(`To import what changes from now on: --since ${timeOf(outcome.startedAt)}`);
  const isSame = await verify(parts, users, () => compare(job, job.official.sessions, job.ours));
  if (!isSame) return EXIT.failed;
  return areUsersMoved && outcome.tally.refused + refusedKeys === 0 ? EXIT.done : EXIT.incomplete;
}

export async function runExport(parts: Parts): Promise<ExitCode> {
  const jobParts = jobPartsOf(parts);
  await exportKeys(openKeyJob(jobParts));
  const job = await openJob(jobParts);
  const users = await openUserMoves(jobParts, parts.tables.where, 'export');
  const areUsersMoved = await runAll(users);
  const outcome = await timed(job, () => exportSessions(job));
  const isSame = await verify(parts, users, () => compare(job, job.ours, job.official.sessions));
  if (!isSame) return EXIT.failed;
  return areUsersMoved && outcome.tally.refused === 0 ? EXIT.done : EXIT.incomplete;
}

/** @returns whether everything was moved */
async function runAll(moves: readonly KindMove[]): Promise<boolean> {
  let isComplete = true;
  for (const move of moves) if (!(await move.run())) isComplete = false;
  return isComplete;
}

/** Prints what was done, and how long it took. */
async function timed<T extends Outcome>({ clock, terminal }: Job, work: () => Promise<T>): Promise<T> {
  const beganAt = clock();
  const outcome = await work();
  for (const line of reportOf(outcome, clock() - beganAt)) terminal.print(line);
  return outcome;
}

/** @returns whether the target has everything that the source has; always `true` without `--verify` */
async function verify(
  { isVerified, terminal }: Parts,
  users: readonly KindMove[],
  compareSessions: () => Promise<Comparison>,
): Promise<boolean> {
  if (!isVerified) return true;
  let isSame = true;
  for (const move of users) if (!(await move.verify())) isSame = false;
  const comparison = await compareSessions();
  terminal.print(describeComparison(comparison));
  return isSame && comparison.missing === 0;
}
