import { parseArgs } from 'node:util';
import type { Environment } from '../../config/environment.ts';
import type { CoreConfig } from '../../core/index.ts';
import type { Clock } from '../../core/types.ts';
import { createDynamoDb } from '../../dynamodb/client.ts';
import { type Command, EXIT, type ExitCode, type Terminal, UsageError } from '../command-line.ts';
import { createBulk } from '../operator/bulk.ts';
import { settingsOf } from '../operator/core-store.ts';
import { openSessionTables, type SessionTables, TABLE_HELP, TABLE_OPTIONS } from '../operator/session-tables.ts';
import { explain } from '../operator/store-failure.ts';
import { explainPostgres } from './connection.ts';
import type { Job, Outcome } from './job.ts';
import { type OfficialDatabase, openOfficialDatabase } from './official-database.ts';
import { type JobParts, openJob, openKeyJob } from './open-job.ts';
import { peakMemory } from './peak-memory.ts';
import { durationOf, type ProgressOptions } from './progress.ts';
import { exportKeys, exportSessions } from './sessions/export.ts';
import { checkSince, importKeys, importSessions, type Since, timeOf } from './sessions/import.ts';
import { type Comparison, compare } from './sessions/verify.ts';

const HELP = `npm run migrate -- import --from postgres://user@host:5432/supertokens [options]
npm run migrate -- export --to postgres://user@host:5432/supertokens [options]

  import             copies an official core's keys and sessions from its PostgreSQL. If it is killed, run it again:
                     it continues with the rest
  export             copies keys, sessions and revocations back, into the same tables

  --since TIME       import: copies only what was created, changed or revoked since, such as 2026-11-23T22:00:00Z.
                     "last" is the start of the last import
  --dry-run          prints what it would do, and writes nothing
  --verify           compares counts and every session's hash at the end. With --dry-run: as things are now
${TABLE_HELP}

Set the password as PGPASSWORD, as for psql. For TLS, add ?sslmode=verify-full to the address.
Set ACCESS_TOKEN_VALIDITY, REFRESH_TOKEN_VALIDITY and ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL as the stage has
them.

The command lists each key and each unexpired session that it does not move, with the reason. docs/migrating.md describes the
whole move, step by step.
Exit codes: 0 done; 1 failed, or --verify found a difference; 2 wrong usage; 4 a key or session was not moved.
`;

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  since: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  verify: { type: 'boolean', default: false },
  ...TABLE_OPTIONS,
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof readValues>['values'];
type Direction = 'import' | 'export';

const readValues = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });

/** Where the command shows its progress, and by which clock. */
export interface Surroundings {
  readonly environment: Environment;
  readonly output: ProgressOptions['output'];
  readonly clock: Clock;
}

/** `npm run migrate` */
export const migrateCommand =
  (surroundings: Surroundings): Command =>
  async (args, terminal) => {
    const { values, positionals } = readValues(args);
    if (values.help) {
      terminal.print(HELP);
      return EXIT.done;
    }
    const { direction, address } = wantedOf(values, positionals);
    const since = sinceOf(values);
    const settings = settingsOf(surroundings.environment, values.core);
    const tables = await openSessionTables(values, surroundings.environment);
    try {
      const official = await openOfficialDatabase(address);
      try {
        const parts = { values, official, tables, settings, terminal, ...surroundings };
        const [from, to] = direction === 'import' ? [official.where, tables.where] : [tables.where, official.where];
        terminal.notify(`From ${from} into ${to}${values['dry-run'] ? ' (dry run)' : ''}`);
        if (official.isExposed) terminal.notify(EXPOSED);
        return await (direction === 'import' ? runImport(parts, since) : runExport(parts));
      } finally {
        await official.close();
      }
    } catch (error) {
      throw explainPostgres(explain(error, tables.where));
    } finally {
      await tables.close();
    }
  };

const EXPOSED =
  'The connection to PostgreSQL is not encrypted: others on the network can read keys and the refresh secret. ' +
  'Add ?sslmode=verify-full to the address, and &sslrootcert=<file> for a private CA.';

function wantedOf(values: Values, positionals: readonly string[]): { direction: Direction; address: string } {
  const [direction, ...rest] = positionals;
  if ((direction !== 'import' && direction !== 'export') || rest.length > 0)
    throw new UsageError('Name an action: import or export.');
  const [address, other, option] =
    direction === 'import' ? [values.from, values.to, '--from'] : [values.to, values.from, '--to'];
  if (address === undefined || other !== undefined)
    throw new UsageError(`${direction} needs ${option}, and no other address.`);
  if (!/^postgres(ql)?:\/\//.test(address)) throw new UsageError(`${option} must begin with postgres://`);
  if (direction === 'export' && values.since !== undefined) {
    throw new UsageError('export takes no --since. It compares all sessions, and writes only what differs.');
  }
  return { direction, address };
}

function sinceOf({ since }: Values): Since {
  if (since === undefined || since === 'last') return since;
  // With a zone: without one, it would be this machine's, which need not be the one where the time was printed.
  const time = /T.*(Z|[+-]\d\d:?\d\d)$/.test(since) ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(`--since ${since} is neither "last" nor a time such as 2026-11-23T22:00:00Z.`);
  return time;
}

interface Parts extends Surroundings {
  readonly values: Values;
  readonly official: OfficialDatabase;
  readonly tables: SessionTables;
  readonly settings: CoreConfig;
  readonly terminal: Terminal;
}

const jobPartsOf = ({ values, tables, ...parts }: Parts): JobParts => ({
  ...parts,
  db: createDynamoDb(tables.db),
  bulk: createBulk(tables.db),
  names: tables.names,
  isDryRun: values['dry-run'],
});

async function runImport(parts: Parts, since: Since): Promise<ExitCode> {
  const job = await openJob(jobPartsOf(parts));
  // Before anything is written.
  await checkSince(job, since);
  const refusedKeys = await importKeys(job);
  const outcome = await timed(job, () => importSessions(job, since));
  if (!job.isDryRun) job.terminal.print(`To import what changes from now on: --since ${timeOf(outcome.startedAt)}`);
  const isVerified = await verify(parts, () => compare(job, job.official.sessions, job.ours));
  if (!isVerified) return EXIT.failed;
  return outcome.tally.refused + refusedKeys > 0 ? EXIT.incomplete : EXIT.done;
}

async function runExport(parts: Parts): Promise<ExitCode> {
  const jobParts = jobPartsOf(parts);
  await exportKeys(openKeyJob(jobParts));
  const job = await openJob(jobParts);
  const outcome = await timed(job, () => exportSessions(job));
  const isVerified = await verify(parts, () => compare(job, job.ours, job.official.sessions));
  if (!isVerified) return EXIT.failed;
  return outcome.tally.refused > 0 ? EXIT.incomplete : EXIT.done;
}

/** Says what was done, and how long it took. */
async function timed<T extends Outcome>({ clock, terminal }: Job, work: () => Promise<T>): Promise<T> {
  const beganAt = clock();
  const outcome = await work();
  for (const line of reportOf(outcome, clock() - beganAt)) terminal.print(line);
  return outcome;
}

/** @returns whether the target has everything that the source has; always `true` without `--verify` */
async function verify({ values, terminal }: Parts, compareSides: () => Promise<Comparison>): Promise<boolean> {
  if (!values.verify) return true;
  const comparison = await compareSides();
  terminal.print(describeComparison(comparison));
  return comparison.missing === 0;
}

const number = (value: number): string => value.toLocaleString('en');

/** @param elapsed ms */
function reportOf({ tally, count }: Outcome, elapsed: number): string[] {
  const rate = Math.round(count / Math.max(elapsed / 1000, 0.001));
  const peak = Math.round(peakMemory() / 1_000_000);
  return [
    `Created ${number(tally.create)}, replaced ${number(tally.replace)}, revoked ${number(tally.removed)}`,
    `The same already ${number(tally.same)}, newer there ${number(tally.keep)}, revoked there ${number(tally.revoked)}`,
    `Not moved ${number(tally.refused)}, expired ${number(tally.expired)}`,
    `${number(count)} sessions in ${durationOf(elapsed / 1000)}: ${number(rate)}/s; peak memory ${peak} MB`,
  ];
}

const describeComparison = ({ compared, same, newer, missing, onlyThere }: Comparison): string =>
  `Compared ${number(compared)}: ${number(same)} the same, ${number(newer)} changed or revoked there since, ` +
  `${number(missing)} missing or different. ${number(onlyThere)} more are only there`;
