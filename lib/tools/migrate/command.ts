import { parseArgs } from 'node:util';
import type { Environment } from '../../config/environment.ts';
import type { Clock } from '../../core/types.ts';
import { type Command, EXIT, UsageError } from '../command-line.ts';
import { settingsOf } from '../operator/core-store.ts';
import { TABLE_HELP, TABLE_OPTIONS, withSessionTables } from '../operator/session-tables.ts';
import { withOfficialDatabase } from './official-database.ts';
import type { ProgressOptions } from './progress.ts';
import { type Parts, runExport, runImport } from './run.ts';
import type { Since } from './sessions/import.ts';
import { migrationModeNamed } from './users/migration-mode.ts';

const HELP = `npm run migrate -- import --from postgres://user@host:5432/supertokens [options]
npm run migrate -- export --to postgres://user@host:5432/supertokens [options]

  import             copies an official core's keys, roles, users, linked accounts and sessions from its PostgreSQL. If it is
                     killed, run it again: it continues with the rest
  export             copies them back into the same tables, with what was changed, deleted and revoked

  --since TIME       import: copies only the sessions that were created, changed or revoked since, such as
                     2026-11-23T22:00:00Z. "last" is the start of the last import. Rows of users and roles have no time of a
                     change: all of them are compared, and only what differs is written
  --dry-run          prints what it would do, and writes nothing
  --verify           compares every part of every role, user and linked account at the end, and every session's hash. With
                     --dry-run: as things are now
${TABLE_HELP}

Set the password as PGPASSWORD, as for psql. For TLS, add ?sslmode=verify-full to the address.
Set ACCESS_TOKEN_VALIDITY, REFRESH_TOKEN_VALIDITY and ACCESS_TOKEN_DYNAMIC_SIGNING_KEY_UPDATE_INTERVAL as the stage has
them. Set SUPERTOKENS_MIGRATION_MODE if the official core has a migration_mode in its file or environment.

The command lists each key, role, user and unexpired session that it does not move, with the reason. See
docs/migrating.md for the whole move, step by step.
Exit codes: 0 done; 1 failed, or --verify found a difference; 2 wrong usage; 4 something was not moved.
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
    const mode = migrationModeNamed(surroundings.environment.SUPERTOKENS_MIGRATION_MODE);
    return withSessionTables(values, surroundings.environment, (tables) =>
      withOfficialDatabase(address, mode, (official) => {
        const { clock, output } = surroundings;
        const parts: Parts = { official, tables, settings, terminal, clock, output, ...runOptionsOf(values) };
        const [from, to] = direction === 'import' ? [official.where, tables.where] : [tables.where, official.where];
        terminal.notify(`From ${from} into ${to}${values['dry-run'] ? ' (dry run)' : ''}`);
        if (official.isExposed) terminal.notify(EXPOSED);
        return direction === 'import' ? runImport(parts, since) : runExport(parts);
      }),
    );
  };

const runOptionsOf = ({ verify, 'dry-run': isDryRun }: Values): Pick<Parts, 'isDryRun' | 'isVerified'> => ({
  isDryRun,
  isVerified: verify,
});

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
