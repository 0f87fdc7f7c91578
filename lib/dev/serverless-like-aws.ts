import { registerHooks } from 'node:module';

/** What this plugin uses of the Serverless Framework's instance. */
interface Serverless {
  readonly service: { readonly custom: Record<string, unknown> };
}

const RUNNER = new URL('./lambda/runner.ts', import.meta.url).href;
const REPLACED = '/serverless-offline/src/lambda/handler-runner/worker-thread-runner/index.js';

/** A Serverless plugin that makes serverless-offline behave as API Gateway and Lambda do. */
export default class ServerlessLikeAws {
  readonly hooks: { 'before:offline:start:init'(): void };

  constructor({ service }: Serverless) {
    this.hooks = {
      'before:offline:start:init'() {
        runFunctionsOurselves();
        setOptions(service.custom);
      },
    };
  }
}

/** serverless-offline imports its runner when the first request comes. */
function runFunctionsOurselves(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      return resolved.url.endsWith(REPLACED) ? next(RUNNER, context) : resolved;
    },
  });
}

function setOptions(custom: Record<string, unknown>): void {
  custom['serverless-offline'] = {
    ...(custom['serverless-offline'] as object),
    // Our runner ends what takes too long.
    noTimeout: true,
  };
}
