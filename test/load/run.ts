// npm run test:load [-- --operations N] [--users N] [--seed N] [--write-docs]
import { parseArgs } from 'node:util';
import { type Command, EXIT, runCommand } from '../../lib/tools/command-line.ts';
import { describeRun, markdownTable, writeSection } from '../bench/benchmark-docs.ts';
import { createProgress } from '../bench/progress.ts';
import { wholeNumber } from '../fixtures/command-options.ts';
import { someSeed } from '../fixtures/seeded-random.ts';
import { type LoadReport, runLoad, SAMPLES, TIME_PER_OPERATION } from './load-run.ts';

const USAGE = `npm run test:load [-- options]
    Sends an hour of a website's requests within minutes to the bundled functions, on an embedded DynamoDB.
    --operations N  requests in all (default 100000)
    --users N       users in all (default 10000)
    --seed N        decides what the users do (a new one each time)
    --write-docs    replaces this run's section of docs/benchmarks.md, if the run found no fault`;

const MIB = 1024 * 1024;

/** More than this over the second half is growth; less, how far what the process has compiled still settles. */
const MAX_GROWTH = MIB;

const growthOf = ({ heapSlope, operations }: LoadReport): number => heapSlope * (operations / 2);

function describe(report: LoadReport): string {
  const rows = report.kinds.map(({ kind, count, p50Ms, p99Ms }) => [
    kind,
    String(count),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
  ]);
  const second = report.heap.slice(report.heap.length / 2).map(({ heapBytes }) => (heapBytes / MIB).toFixed(1));
  return [
    markdownTable(['request', 'n', 'p50 ms', 'p99 ms'], rows),
    '',
    `${report.operations} requests in ${(report.elapsedMs / 1000).toFixed(0)} s, ${report.perSecond.toFixed(0)} a second`,
    `unexpected answers: ${report.unexpected.length}; thefts reported: ${report.logged.thefts}; errors logged: ${report.logged.errors}`,
    `heap over the second half, MiB: ${second.join(' ')}`,
    `its slope: ${report.heapSlope.toFixed(2)} B a request, ${(growthOf(report) / MIB).toFixed(3)} MiB in all; the limit is 1`,
    ...report.unexpected,
  ].join('\n');
}

/** This run's section of docs/benchmarks.md. */
const section = (command: string, users: number, report: LoadReport): string => `### Load

${describeRun(command)}

${report.operations.toLocaleString('en-US')} requests of ${users.toLocaleString('en-US')} users in ${clockTime(report)} of the functions' clock took ${(report.elapsedMs / 1000).toFixed(0)} s, so
${report.perSecond.toFixed(0)} requests a second. The bundled functions run in one process, and dynalite in another. Passwords are not hashed.
No answer was unexpected, no theft was reported, and no error was logged. Over the second half, the heap of the functions'
process changed by ${(growthOf(report) / MIB).toFixed(2)} MiB. The limit is 1 MiB.
`;

const clockTime = ({ operations }: LoadReport): string =>
  `${Math.round((operations * TIME_PER_OPERATION) / 60_000)} minutes`;

const command: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      operations: { type: 'string', default: '100000' },
      users: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(someSeed()) },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    terminal.print(USAGE);
    return EXIT.done;
  }
  const operations = wholeNumber(values.operations, 'operations');
  const users = wholeNumber(values.users, 'users');
  const seed = wholeNumber(values.seed, 'seed');
  terminal.notify(`seed ${seed}`);
  const progress = createProgress('test:load', SAMPLES);
  const onSample = (done: number) => progress.step(`${done} of ${operations} requests`);
  const report = await runLoad({ seed, operations, users, onSample });
  terminal.print(describe(report));
  const { thefts, errors } = report.logged;
  const isSound = report.unexpected.length === 0 && thefts === 0 && errors === 0 && growthOf(report) <= MAX_GROWTH;
  if (!isSound) return EXIT.failed;
  if (values['write-docs'])
    await writeSection('test:load', section(commandLine({ operations, users, seed }), users, report));
  return EXIT.done;
};

const commandLine = ({ operations, users, seed }: { operations: number; users: number; seed: number }): string =>
  `npm run test:load -- --seed ${seed} --operations ${operations} --users ${users}`;

await runCommand(command);
