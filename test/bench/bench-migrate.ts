// npm run bench:migrate [-- --size 10000,100000]
import { writeFile } from 'node:fs/promises';
import { readOptions } from '../fixtures/command-options.ts';
import { whyNoPostgres } from '../fixtures/postgres.ts';
import { PRICES } from './aws-prices.ts';
import { describeRun, markdownTable, sizeTable, writeSection } from './benchmark-docs.ts';
import { type MigrateResult, type MigrateUnits, measureMigration, measureUnits, PASSES } from './migrate-growth.ts';
import { exitOnSignals } from './own-core.ts';
import { createProgress } from './progress.ts';

const SIZES = '10000,100000';

const USAGE = `npm run bench:migrate [-- options]
    Moves users from an official core's PostgreSQL and back, with several numbers of users: time and memory of npm run migrate.
    It starts a PostgreSQL of its own, which the machine must have.
    --size LIST      numbers of users (default ${SIZES})
    --json FILE      writes the results to the file
    --write-docs     replaces this benchmark's section of docs/benchmarks.md`;

const OPTIONS = {
  size: { type: 'string', default: SIZES },
  json: { type: 'string' },
  'write-docs': { type: 'boolean', default: false },
} as const;

const options = readOptions(USAGE, OPTIONS, (values) => {
  const sizes = values.size.split(',').map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size >= 20)) {
    throw new Error('Sizes are whole numbers from 20 on, separated by commas');
  }
  return { ...values, sizes: sizes.toSorted((a, b) => a - b) };
});

const table = (results: readonly MigrateResult[]): string =>
  sizeTable(
    'pass',
    results.map((result) => ({ ...result, operation: result.pass })),
    {
      unit: 'user',
      cellOf: ({ size, seconds, peakMb }) => `${Math.round(size / seconds)}/s, ${peakMb} MB`,
    },
  );

const unitsTable = (units: readonly MigrateUnits[]): string =>
  markdownTable(
    ['pass', 'DynamoDB calls', 'RCU', 'WCU', '$ for a million users'],
    units.map(({ pass, calls, reads, writes }) => [
      pass,
      ...[calls, reads, writes].map((value) => value.toFixed(2)),
      (1e6 * (reads * PRICES.dynamoDbRead + writes * PRICES.dynamoDbWrite)).toFixed(2),
    ]),
  );

const section = (
  results: readonly MigrateResult[],
  units: readonly MigrateUnits[],
): string => `## Moving users between cores

${describeRun(`npm run bench:migrate${options.size === SIZES ? '' : ` -- --size ${options.size}`}`)}

\`npm run migrate\` moves users between PostgreSQL and DynamoDB (dynalite, on disk, with one thread). All three run on this machine and share its CPUs.
The users are of three recipes, and each twentieth login method is linked. Half of the e-mails are verified, a third of the users has
metadata, and a tenth has a role and a session. The table has users per second of the whole command, and its peak memory.

- *import*: into an empty stage.
- *import again*: nothing has changed, and every user is compared.
- *export*: into an official core without users.

${table(results)}

What DynamoDB is asked for each user, roles and sessions included, and its [price](costs.md#the-prices-behind-these-figures). These figures
depend on no machine:

${unitsTable(units)}
`;

exitOnSignals();
const missing = whyNoPostgres();
if (missing !== undefined) {
  console.error(`bench:migrate needs PostgreSQL: ${missing}`);
  process.exit(1);
}
const progress = createProgress('bench:migrate', options.sizes.length * (PASSES.length + 1) + 1);
progress.step('counting what DynamoDB is asked');
const units = await measureUnits();
const results = await measureMigration({ sizes: options.sizes, progress });
process.stdout.write(`${table(results)}\n\n${unitsTable(units)}\n`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ results, units }, undefined, 2)}\n`);
if (options['write-docs']) await writeSection('bench:migrate', section(results, units));
