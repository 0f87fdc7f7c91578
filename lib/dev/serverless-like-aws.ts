import { registerHooks } from 'node:module';
import { processEnvironment } from '../config/environment.ts';
import { sendCarriedCookies } from './gateway/cookies.ts';
import { allowOnlyTheWebsite, keepCorsOfFunctions } from './gateway/cors.ts';
import { explainForeignOrigins } from './gateway/foreign-origins.ts';
import type { HapiServer } from './gateway/hapi.ts';
import { routeHeadRequests } from './gateway/head-requests.ts';
import { listenOnIpv6 } from './gateway/loopback.ts';
import { serveMailbox } from './gateway/mailbox.ts';
import { printRequests } from './gateway/request-lines.ts';
import { createStackTables, type ServiceWithTables } from './stack-tables.ts';

/** What this plugin uses of the Serverless Framework's instance. */
interface Serverless {
  readonly service: ServiceWithTables & {
    readonly functions: object;
    readonly provider: { readonly httpApi?: { readonly cors?: unknown } };
  };
  readonly pluginManager: { readonly plugins: readonly object[] };
}

/** serverless-offline's plugin. */
interface Offline {
  internals(): { getApiGatewayServer(): HapiServer };
}

const RUNNER = new URL('./lambda/runner.ts', import.meta.url).href;
const REPLACED = '/serverless-offline/src/lambda/handler-runner/worker-thread-runner/index.js';

/** `npm run dev` waits for this line. */
export const READY = 'The API is ready.';
/** serverless-esbuild has built the functions again. */
export const REBUILT = 'Rebuilt. The next request runs the new code.';
/** How lines begin that `npm run dev` prints before the API is ready. */
export const PROGRESS = 'Building ';

/** A Serverless plugin that makes serverless-offline behave as API Gateway and Lambda do. */
export default class ServerlessLikeAws {
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>;

  constructor(serverless: Serverless) {
    this.hooks = {
      async 'before:offline:start:init'() {
        await createStackTables(serverless.service);
        runFunctionsOurselves();
        printLine(`${PROGRESS}${Object.keys(serverless.service.functions).length} functions …`);
      },
      async 'after:offline:start:init'() {
        const { httpApi } = serverless.service.provider;
        await behaveAsApiGateway(serverOf(serverless), Boolean(httpApi?.cors));
        printLine(READY);
      },
      'after:offline:functionsUpdated:cleanup'() {
        printLine(REBUILT);
      },
    };
  }
}

const printLine = (line: string): void => void process.stdout.write(`${line}\n`);

/** serverless-offline imports its runner when the first request comes. */
function runFunctionsOurselves(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      return resolved.url.endsWith(REPLACED) ? next(RUNNER, context) : resolved;
    },
  });
}

function serverOf({ pluginManager }: Serverless): HapiServer {
  const offline = pluginManager.plugins.find((plugin): plugin is Offline => 'internals' in plugin);
  if (offline === undefined) throw new Error('serverless.yml has no plugin serverless-offline');
  return offline.internals().getApiGatewayServer();
}

async function behaveAsApiGateway(server: HapiServer, hasCors: boolean): Promise<void> {
  routeHeadRequests(server);
  // Without a configuration of its own, API Gateway passes on the function's headers.
  if (hasCors) allowOnlyTheWebsite(server);
  else keepCorsOfFunctions(server);
  sendCarriedCookies(server);
  printRequests(server);
  const { DEV_MAILBOX_FOLDER: mailbox, WEBSITE_DOMAIN = '', API_DOMAIN = '' } = processEnvironment();
  if (hasCors) explainForeignOrigins(server, WEBSITE_DOMAIN, API_DOMAIN);
  if (mailbox) serveMailbox(server, mailbox);
  const address = server.listener.address();
  if (typeof address === 'object' && address !== null) await listenOnIpv6(server, address.port);
}
