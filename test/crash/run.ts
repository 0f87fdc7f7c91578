// npm run test:crash [-- --seed N] [--operations N]
import { parseArgs } from 'node:util';
import { type Command, EXIT, runCommand } from '../../lib/tools/command-line.ts';
import { createProgress } from '../bench/progress.ts';
import { wholeNumber } from '../fixtures/command-options.ts';
import { someSeed } from '../fixtures/seeded-random.ts';
import { runCrash } from './crash-run.ts';

const USAGE = `npm run test:crash [-- options]
    Clients keep sessions and users in a core, while its process and its DynamoDB are killed again and again by SIGKILL.
    --seed N        decides what the clients do, and when a process is killed (a new one each time)
    --operations N  ends after this number of acknowledged operations (default 10000)`;

const BETWEEN_KILLS = 100;

const command: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(someSeed()) },
      operations: { type: 'string', default: '10000' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    terminal.print(USAGE);
    return EXIT.done;
  }
  const [seed, operations] = [wholeNumber(values.seed, 'seed'), wholeNumber(values.operations, 'operations')];
  terminal.notify(`seed ${seed}: npm run test:crash -- --seed ${seed} --operations ${operations}`);
  const progress = createProgress('test:crash', operations / BETWEEN_KILLS);
  const onKill = (acknowledged: number) => progress.step(`${acknowledged} of ${operations} acknowledged`);
  const report = await runCrash({ seed, operations, betweenKills: BETWEEN_KILLS, onKill });
  terminal.print(JSON.stringify({ seed, ...report }, undefined, 2));
  const isSound = report.theftsReported === 0 && report.unlisted === 0 && report.left === 0;
  return isSound ? EXIT.done : EXIT.failed;
};

await runCommand(command);
