// npm run test:crash [-- --seed N] [--operations N] [--write-docs]
import { parseArgs } from 'node:util';
import { type Command, EXIT, runCommand } from '../../lib/tools/command-line.ts';
import { describeRun, writeSection } from '../bench/benchmark-docs.ts';
import { createProgress } from '../bench/progress.ts';
import { wholeNumber } from '../fixtures/command-options.ts';
import { someSeed } from '../fixtures/seeded-random.ts';
import { type CrashReport, runCrash } from './crash-run.ts';

const USAGE = `npm run test:crash [-- options]
    Clients keep sessions and users in a core, while its process and its DynamoDB are killed again and again by SIGKILL.
    --seed N        decides what the clients do, and when a process is killed (a new one each time)
    --operations N  ends after this number of acknowledged operations (default 10000)
    --write-docs    replaces this run's section of docs/benchmarks.md, if the run found no fault`;

const BETWEEN_KILLS = 100;

/** This run's section of docs/benchmarks.md. */
const section = (line: string, report: CrashReport): string => `### Crash

${describeRun(line)}

${report.acknowledged.toLocaleString('en-US')} operations on sessions and users were acknowledged. Kills of the core: ${report.coresKilled}. Kills of DynamoDB: ${report.databasesKilled}. Some of
these came at once.

1. No acknowledged operation was lost.
2. No theft was reported.
3. Every session that existed was listed, and no session was left after all had been revoked.
4. Killed requests and changes of the e-mail had left ${report.looseEmails} e-mails. A minute later, each was free.
`;

const command: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(someSeed()) },
      operations: { type: 'string', default: '10000' },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    terminal.print(USAGE);
    return EXIT.done;
  }
  const [seed, operations] = [wholeNumber(values.seed, 'seed'), wholeNumber(values.operations, 'operations')];
  const line = `npm run test:crash -- --seed ${seed} --operations ${operations}`;
  terminal.notify(`seed ${seed}: ${line}`);
  const progress = createProgress('test:crash', operations / BETWEEN_KILLS);
  const onKill = (acknowledged: number) => progress.step(`${acknowledged} of ${operations} acknowledged`);
  const report = await runCrash({ seed, operations, betweenKills: BETWEEN_KILLS, onKill });
  terminal.print(JSON.stringify({ seed, ...report }, undefined, 2));
  const isSound = report.theftsReported === 0 && report.unlisted === 0 && report.left === 0;
  if (!isSound) return EXIT.failed;
  if (values['write-docs']) await writeSection('test:crash', section(line, report));
  return EXIT.done;
};

await runCommand(command);
