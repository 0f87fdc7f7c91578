import type { ServiceConfig } from '../config/service-config.ts';
import { createPublishedKeysStore } from '../core/store/dynamodb/index.ts';
import { createDynamoDb } from '../dynamodb/client.ts';
import { coreAddresses } from './core-addresses.ts';

/** ms, for another core's answer. */
const TIMEOUT = 3000;

/**
 * A check of whether the core in use can work. It reads the published keys, or asks the other cores for `GET /hello`, of
 * which one that answers is enough. It starts no core and no SDK.
 * @returns a function that throws if the core's store does not respond
 */
export function coreReacher({ core, dynamoDb }: Pick<ServiceConfig, 'core' | 'dynamoDb'>): () => Promise<unknown> {
  if (core.kind === 'built-in') {
    return createPublishedKeysStore(createDynamoDb(dynamoDb), core.publishedKeysTable).read;
  }
  const addresses = coreAddresses(core.connectionUri);
  return () => Promise.any(addresses.map(expectHello));
}

/** @throws Error if no core answers at the address */
async function expectHello(address: string): Promise<void> {
  const hello = new URL(`${address}/hello`);
  const response = await fetch(hello, { signal: AbortSignal.timeout(TIMEOUT) });
  if (response.status !== 200) throw new Error(`${hello.href} answered ${response.status}`);
  // Official cores say so too. A website may answer any path with 200.
  if (!(await response.text()).startsWith('Hello')) {
    throw new Error(`${hello.href} did not answer as a SuperTokens core does`);
  }
}
