import type { KeySchedule } from '../../core/keys/keyring.ts';
import type { Store } from '../../core/store/store.ts';
import type { Clock, Millis, Random } from '../../core/types.ts';
import type { Terminal } from '../command-line.ts';
import type { OfficialDatabase } from './official-database.ts';
import { type Progress, type ProgressOptions, showProgress } from './progress.ts';
import type { Agreements } from './sessions/agreements.ts';
import type { ItemVersion } from './sessions/dynamodb-sessions.ts';
import { emptyTally, type Move, type Tally } from './sessions/move.ts';
import type { Passes } from './sessions/passes.ts';
import type { SessionDatabase } from './sessions/session-database.ts';

/** What moving keys takes. */
export interface KeyJob {
  readonly official: OfficialDatabase;
  readonly ours: SessionDatabase<ItemVersion>;
  readonly store: Store;
  readonly schedule: KeySchedule;
  readonly clock: Clock;
  readonly random: Random;
  readonly isDryRun: boolean;
  readonly terminal: Terminal;
}

/** What moving sessions takes; the keys are there, and with them it is known which official installation this is. */
export interface Job extends KeyJob {
  readonly agreements: Agreements;
  readonly passes: Passes;
  /** Where progress is shown. */
  readonly output: ProgressOptions['output'];
}

/** What moving sessions comes to. */
export interface Outcome {
  readonly tally: Tally;
  /** Sessions that this run has looked at. */
  readonly count: number;
}

/** What is needed for the next import to find what changes from now on. */
export interface ImportOutcome extends Outcome {
  readonly startedAt: Millis;
}

export const progressOf = ({ output, clock }: Job, label: string, total: number | undefined, already = 0): Progress =>
  showProgress({ label, total, already, output, clock });

/** A move from one side to the other that lists what cannot be moved. */
export const moveOf = <Source, Target>(
  { agreements, clock, isDryRun, terminal }: Job,
  source: SessionDatabase<Source>,
  target: SessionDatabase<Target>,
  tally: Tally = emptyTally(),
): Move<Source, Target> => ({
  source,
  target,
  agreements,
  clock,
  isDryRun,
  tally,
  refusedHandles: new Set(),
  onRefused: ({ handle, reason }) => terminal.print(`Not moved: ${handle}: ${reason}`),
  onNote: (handle, note) => terminal.print(`Note: ${handle}: ${note}`),
});
