import type { Clock } from '../../core/types.ts';
import type { DynamoDb } from '../../dynamodb/client.ts';
import type { Terminal } from '../command-line.ts';
import type { Bulk } from '../operator/bulk.ts';
import type { MovedPrimaryUser } from './primary-users/primary-user.ts';
import { PRIMARY_USERS } from './primary-users/primary-user-kind.ts';
import type { ProgressOptions } from './progress.ts';
import { createAgreements } from './records/agreements.ts';
import { type PassOutcome, type RecordJob, runPass } from './records/pass.ts';
import { createPasses } from './records/passes.ts';
import type { MovedRecord, RecordDatabase } from './records/record-database.ts';
import type { RecordKind } from './records/record-kind.ts';
import { describeComparison, reportOf } from './records/report.ts';
import { compareRecords } from './records/verify.ts';
import type { MovedRole } from './roles/role.ts';
import { ROLES } from './roles/role-kind.ts';
import type { MovedUser } from './users/user.ts';
import { USERS } from './users/user-kind.ts';

/** Where a core keeps its users. */
export interface UserDatabases {
  readonly roles: RecordDatabase<MovedRole, unknown>;
  readonly users: RecordDatabase<MovedUser, unknown>;
  readonly primaryUsers: RecordDatabase<MovedPrimaryUser, unknown>;
}

export interface UserMoveParts {
  readonly direction: 'import' | 'export';
  readonly official: UserDatabases;
  readonly ours: UserDatabases;
  readonly db: DynamoDb;
  readonly bulk: Bulk;
  /** The name of the table of the core's users. */
  readonly table: string;
  /** The name of the official installation. */
  readonly installation: string;
  readonly isDryRun: boolean;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly output: ProgressOptions['output'];
}

/** The move of the records of one kind. */
export interface KindMove {
  /** Prints what was done. @returns whether everything was moved */
  run(): Promise<boolean>;
  /** Prints how the two sides compare. @returns whether the target has everything that the source has */
  verify(): Promise<boolean>;
}

/** In this order: a user's roles have to be there before the user, and a primary user's login methods before the primary user. */
export const userMovesOf = (parts: UserMoveParts): readonly KindMove[] => [
  moveOf(parts, ROLES, parts.official.roles, parts.ours.roles),
  moveOf(parts, USERS, parts.official.users, parts.ours.users),
  moveOf(parts, PRIMARY_USERS, parts.official.primaryUsers, parts.ours.primaryUsers),
];

function moveOf<R extends MovedRecord>(
  parts: UserMoveParts,
  kind: RecordKind<R>,
  official: RecordDatabase<R, unknown>,
  ours: RecordDatabase<R, unknown>,
): KindMove {
  const { direction, db, bulk, table, installation, isDryRun, clock, terminal, output } = parts;
  const [source, target] = direction === 'import' ? [official, ours] : [ours, official];
  const place = { db, bulk, table, installation, kind: kind.name };
  const job: RecordJob<R, unknown, unknown> = {
    kind,
    source,
    target,
    agreements: createAgreements(place),
    passes: createPasses({ ...place, direction }),
    users:
      direction === 'import'
        ? { source: parts.official.users, target: parts.ours.users }
        : { source: parts.ours.users, target: parts.official.users },
    isDryRun,
    clock,
    terminal,
    output,
  };
  return {
    async run() {
      const beganAt = clock();
      const outcome = await runPass(job);
      for (const line of reportOf(kind.title, outcome, clock() - beganAt)) terminal.print(line);
      return isComplete(outcome);
    },
    async verify() {
      const comparison = await compareRecords(job);
      terminal.print(describeComparison(kind.title, comparison));
      return comparison.different === 0;
    },
  };
}

const isComplete = ({ tally }: PassOutcome): boolean => tally.refused + tally.conflict === 0;
