import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { EXIT, type ExitCode } from '../command-line.ts';
import { withSources } from './sources.ts';

const HELP = `npm run stack -- [FILE] [options]

Finds the source lines of a function's stack trace. FILE contains stack traces or log lines. Without FILE, the command reads
its standard input.

  --stage STAGE   the stage that the stack trace is from (dev)

Check out the deployed commit first, and set the environment variables of the deployment. The command builds the same
bundles again.

Exit codes: 0 done; 1 failed; 2 wrong usage.
`;

async function main(): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stage: { type: 'string', default: 'dev' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return print(HELP);
  const [file, ...others] = positionals;
  if (others.length > 0) return fail(`Name one file, not ${positionals.length}. --help explains it.`, EXIT.usage);
  if (file === undefined && process.stdin.isTTY) process.stderr.write('Paste the stack trace and press Ctrl-D.\n');
  return print(
    await withSources(await (file === undefined ? text(process.stdin) : readFile(file, 'utf8')), values.stage),
  );
}

function print(result: string): ExitCode {
  process.stdout.write(result);
  return EXIT.done;
}

function fail(message: string, code: ExitCode): ExitCode {
  process.stderr.write(`${message}\n`);
  return code;
}

main()
  .catch((error: NodeJS.ErrnoException) =>
    fail(error.message, error.code?.startsWith('ERR_PARSE_ARGS') ? EXIT.usage : EXIT.failed),
  )
  .then((code) => {
    process.exitCode = code;
  });
