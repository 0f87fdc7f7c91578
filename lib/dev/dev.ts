import { CannotStart } from './cannot-start.ts';
import { DataFolderInUse } from './dynamodb.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { firstFreePort } from './ports.ts';
import { type LocalService, startLocalService } from './service.ts';

const greeting = (url: string, { website, data }: Options, inspectPort: number | undefined): string => `
  API       ${url}   (for a website at ${website})
  Page      ${url}/   to try it in a browser
  Data      ${data === 'memory' ? 'in memory' : data}${inspectPort === undefined ? '' : debuggerLine(inspectPort)}

  Try it:
    curl -i -c cookies.txt -H 'st-auth-mode: cookie' -H 'content-type: application/json' \\
      -d '{"email":"me@example.com","password":"correct horse"}' ${url}/signup
    curl -b cookies.txt ${url}/sessioninfo
    curl -b cookies.txt ${url}/sessions

  Ctrl-C stops it.
`;

const debuggerLine = (port: number): string =>
  `\n  Debugger  127.0.0.1:${port}   (chrome://inspect, or attach your editor)`;

/** A failure of our own. Functions that fail do not end the API. */
class ApiEnded extends Error {
  override readonly name = 'ApiEnded';
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return print(HELP);
  const stopped = signalled();
  const inspectPort = options.inspect ? (options.inspectPort ?? (await firstFreePort(9229))) : undefined;
  const running = await start(options, inspectPort);
  print(greeting(running.url, options, inspectPort));
  const failure = await Promise.race([stopped, running.ended]);
  await running.stop();
  if (failure !== undefined) throw new ApiEnded(`The API's process has ended: ${failure}. Start it again: npm run dev`);
}

async function start(options: Options, inspectPort: number | undefined): Promise<LocalService> {
  const { port, website, data, fresh, accessTokenValidity } = options;
  return startLocalService({
    port,
    websiteDomain: website,
    ...(data !== 'memory' && { folder: data }),
    fresh,
    ...(inspectPort !== undefined && { inspectPort }),
    environment: { ACCESS_TOKEN_VALIDITY: accessTokenValidity },
    onLine: print,
  });
}

/** Ctrl-C, or a supervisor's signal. A second signal does not interrupt the clean-up. */
function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(undefined));
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const isUsageError = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    const isExpected =
      isUsageError || error instanceof CannotStart || error instanceof ApiEnded || error instanceof DataFolderInUse;
    console.error(isExpected ? (error as Error).message : error);
    process.exit(isUsageError ? 2 : 1);
  },
);
