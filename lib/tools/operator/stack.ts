import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { type Command, CommandFailed, EXIT, runCommand, UsageError } from '../command-line.ts';
import { withSources } from './sources.ts';

const HELP = `npm run stack -- [FILE] [options]

Finds the source lines of a function's stack trace. FILE contains stack traces or log lines. Without FILE, the command reads
its standard input.

  --stage STAGE   the stage that the stack trace is from (dev)

Check out the deployed commit first, and set the environment variables of the deployment. The command builds the same
bundles again.

Exit codes: 0 done; 1 failed; 2 wrong usage.`;

/** `npm run stack`. */
const stackCommand: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { stage: { type: 'string', default: 'dev' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    terminal.print(HELP);
    return EXIT.done;
  }
  const [file, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`Name one file, not ${positionals.length}.`);
  if (file === undefined && terminal.isInteractive) terminal.notify('Paste the stack trace and press Ctrl-D.');
  process.stdout.write(await withSources(await readTrace(file), values.stage));
  return EXIT.done;
};

/** @throws CommandFailed if the file cannot be read */
async function readTrace(file: string | undefined): Promise<string> {
  if (file === undefined) return text(process.stdin);
  return readFile(file, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new CommandFailed(code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read: ${code}.`);
  });
}

await runCommand(stackCommand);
