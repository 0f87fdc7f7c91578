import { readServiceConfig, type ServiceConfig } from '../config/service-config.ts';
import { createVerifyingStore } from '../core/store/dynamodb/index.ts';
import { createDynamoDb } from '../dynamodb/client.ts';
import { log } from '../observability/log.ts';
import { json } from './json.ts';
import type { RouteHandler } from './pipeline.ts';

/** ms, for another core's answer. */
const TIMEOUT = 3000;

/**
 * Answers 200 if the store of the core in use responds, else 503: for load balancers and monitors. It starts no core and no
 * SDK.
 * @throws ConfigurationError when the function starts
 */
export function healthCheck(): RouteHandler {
  const config = readServiceConfig();
  const reach = reacherOf(config);
  const core = config.core.kind;
  return async () => {
    try {
      await reach();
      return json(200, { status: 'ok', core, store: 'ok' });
    } catch (error) {
      log('error', 'StoreUnreachable', { error });
      return json(503, { status: 'error', core, store: 'unavailable' });
    }
  };
}

/** Reads what every function needs: the published keys, or the first of the other cores' `GET /hello`. */
function reacherOf({ core, dynamoDb }: ServiceConfig): () => Promise<unknown> {
  if (core.kind === 'built-in') {
    const { publishedKeys } = createVerifyingStore(createDynamoDb(dynamoDb), core.publishedKeysTable);
    return publishedKeys.read;
  }
  const [uri = ''] = core.connectionUri.split(';');
  const hello = new URL(`${uri.trim().replace(/\/$/, '')}/hello`);
  return async () => {
    const { status } = await fetch(hello, { signal: AbortSignal.timeout(TIMEOUT) });
    if (status !== 200) throw new Error(`${hello.href} answered ${status}`);
  };
}
