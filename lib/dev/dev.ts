import { parseArgs } from 'node:util';
import { processEnvironment } from '../config/environment.ts';
import { CannotStart } from './cannot-start.ts';
import { DataFolderInUse } from './dynamodb.ts';
import { type LocalService, startLocalService } from './service.ts';

const HELP = `npm run dev -- [options]

  --fresh            start with an empty database
  --port N           where the API listens (3001; or PORT)
  --website URL      the website that calls it (http://localhost:3000; or WEBSITE_DOMAIN)
  --data FOLDER      where the database is kept (.data; "memory": nowhere; or DATA_DIR)
  --access-token-validity SECONDS
                     how long access tokens last (3600; or ACCESS_TOKEN_VALIDITY); 20 lets you watch one expire
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      port: { type: 'string', default: processEnvironment().PORT ?? '3001' },
      website: { type: 'string', default: processEnvironment().WEBSITE_DOMAIN ?? 'http://localhost:3000' },
      data: { type: 'string', default: processEnvironment().DATA_DIR ?? '.data' },
      'access-token-validity': { type: 'string', default: processEnvironment().ACCESS_TOKEN_VALIDITY ?? '' },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new CannotStart(`--port ${values.port} is no port`);
  return { ...values, port, accessTokenValidity: values['access-token-validity'] };
}

type Options = ReturnType<typeof readOptions>;

const greeting = (url: string, { website, data }: Options): string => `
  API       ${url}   (for a website at ${website})
  Page      ${url}/   to try it in a browser
  Data      ${data === 'memory' ? 'in memory' : data}

  Try it:
    curl -i -c cookies.txt -H 'st-auth-mode: cookie' -H 'content-type: application/json' \\
      -d '{"email":"me@example.com","password":"correct horse"}' ${url}/signup
    curl -b cookies.txt ${url}/sessioninfo
    curl -b cookies.txt ${url}/sessions

  Ctrl-C stops it.
`;

/** A failure of our own. Functions that fail do not end the API. */
class ApiEnded extends Error {
  override readonly name = 'ApiEnded';
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return print(HELP);
  const stopped = signalled();
  const running = await start(options);
  print(greeting(running.url, options));
  const failure = await Promise.race([stopped, running.ended]);
  await running.stop();
  if (failure !== undefined) throw new ApiEnded(`The API's process has ended: ${failure}. Start it again: npm run dev`);
}

async function start({ port, website, data, fresh, accessTokenValidity }: Options): Promise<LocalService> {
  return startLocalService({
    port,
    websiteDomain: website,
    ...(data !== 'memory' && { folder: data }),
    fresh,
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
    const isExpected =
      error instanceof CannotStart ||
      error instanceof ApiEnded ||
      error instanceof DataFolderInUse ||
      (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    console.error(isExpected ? (error as Error).message : error);
    process.exit(1);
  },
);
