import { CannotStart } from './cannot-start.ts';
import { watchConfiguration } from './configuration-watch.ts';
import { DataFolderInUse } from './data-folder.ts';
import { greeting } from './greeting.ts';
import { readableLine } from './log-text.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { firstFreePort } from './ports.ts';
import { REBUILT } from './serverless-like-aws.ts';
import { type LocalService, startLocalService } from './service.ts';
import { signalled } from './signalled.ts';
import { DataDamaged } from './stored-data.ts';
import { createTypeCheck } from './type-check.ts';
import { wrongUsage } from './wrong-usage.ts';

/** A failure of our own. Functions that fail do not end the API. */
class ApiEnded extends Error {
  override readonly name = 'ApiEnded';
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return print(HELP);
  print('Starting the database and the API …');
  const stopped = signalled();
  const inspectPort = options.inspect ? (options.inspectPort ?? (await firstFreePort(9229))) : undefined;
  const types = createTypeCheck(print);
  const running = await Promise.race([start(options, inspectPort, types.start), stopped]);
  if (running === undefined) return;
  print(greeting(running, options, inspectPort));
  types.start();
  watchConfiguration(print);
  const failure = await Promise.race([stopped, running.ended]);
  await running.stop();
  if (failure !== undefined) throw new ApiEnded(`The API's process has ended: ${failure}. Start it again: npm run dev`);
}

async function start(options: Options, inspectPort: number | undefined, rebuilt: () => void): Promise<LocalService> {
  const { port, website, data, fresh, accessTokenValidity, signInProvider } = options;
  return startLocalService({
    port,
    websiteDomain: website,
    ...(data !== 'memory' && { folder: data }),
    fresh,
    signInProvider,
    ...(inspectPort !== undefined && { inspectPort }),
    environment: { ACCESS_TOKEN_VALIDITY: accessTokenValidity },
    onLine(line) {
      print(readableLine(line));
      if (line === REBUILT) rebuilt();
    },
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The message of an error that the developer can fix, and anything else as it is. */
function explain(error: unknown): unknown {
  if (error instanceof DataFolderInUse) {
    return `${error.message} Stop that process, or choose another folder: npm run dev -- --data .data-2`;
  }
  const isExpected = error instanceof CannotStart || error instanceof ApiEnded || error instanceof DataDamaged;
  return isExpected ? error.message : (wrongUsage(error) ?? error);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(explain(error));
    process.exit(wrongUsage(error) === undefined ? 1 : 2);
  },
);
