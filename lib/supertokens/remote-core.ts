import { createPublishedKeysReader, type PublishedKeysReader } from '../core/keys/published-keys.ts';
import type { PublishedKeys } from '../core/keys/stored-keys.ts';
import type { Clock } from '../core/types.ts';
import { timeLeft } from '../dynamodb/time-budget.ts';
import { ServiceUnavailable } from '../http/errors.ts';
import { coreAddresses } from './core-addresses.ts';
import { noteRequest, observeCoreCall } from './core-calls.ts';
import { reportTheft } from './core-events.ts';
import { connectSdk } from './sdk-seams.ts';

/** As long as one core may take, ms: two of them fit into the auth function's 10 s. Less if the request has less left. */
const TIMEOUT = 4000;

/**
 * Lets the SDK ask cores over HTTP, the next if one is down. By itself the SDK may try a core that is down twice, and
 * the others not at all. If no core returns the keys, it treats the token as invalid.
 * @param connectionUri addresses separated by `;`
 */
export function connectRemoteCore(connectionUri: string, clock: Clock): PublishedKeysReader {
  const addresses = coreAddresses(connectionUri);
  const ask = (url: string, init: RequestInit | undefined): Promise<Response> => {
    const address = addresses.find((candidate) => url.startsWith(`${candidate}/`)) ?? '';
    const others = addresses.filter((candidate) => candidate !== address);
    const path = url.slice(address.length);
    noteRequest(path, init?.body);
    return observedAnswer([address, ...others], path, init);
  };
  const read = () => readRemoteKeys(connectionUri);
  const publishedKeys = createPublishedKeysReader({ read, write: async () => false }, clock);
  connectSdk(addresses, ask, publishedKeys);
  return publishedKeys;
}

/**
 * Reads the JWKS of cores over HTTP, which needs no API key.
 * @param connectionUri addresses separated by `;`
 * @throws ServiceUnavailable as `firstAnswer`, and if the answer is no JWKS
 */
export async function readRemoteKeys(connectionUri: string): Promise<PublishedKeys> {
  const keys = await keysIn(await observedAnswer(coreAddresses(connectionUri), '/.well-known/jwks.json', {}));
  return { version: 0, nextKeyDueAt: 0, keys: keys.map((jwk) => ({ jwk })) };
}

/** @throws ServiceUnavailable if it is no JWKS: the address may lead to a website, or to a proxy's error page */
async function keysIn(answer: Response): Promise<PublishedKeys['keys'][number]['jwk'][]> {
  const body = (await answer.json().catch(() => undefined)) as { keys?: unknown } | null | undefined;
  if (Array.isArray(body?.keys)) return body.keys;
  throw new ServiceUnavailable(new Error(`${answer.url} returned no keys. Is it a SuperTokens core?`));
}

/** @throws ServiceUnavailable as `firstAnswer` */
const observedAnswer = (addresses: readonly string[], path: string, init: RequestInit | undefined): Promise<Response> =>
  observeCoreCall({
    path: path.replace(/\?.*/s, ''),
    ask: () => firstAnswer(addresses, path, init),
    read: async (answer) => (answer.status === 200 ? answer.clone().text() : undefined),
    reportTheft,
  });

/** @throws ServiceUnavailable if no core answers, or the one that does has a fault of its own */
async function firstAnswer(
  addresses: readonly string[],
  path: string,
  init: RequestInit | undefined,
): Promise<Response> {
  const faults: unknown[] = [];
  for (const address of addresses) {
    const time = Math.ceil(Math.min(TIMEOUT, timeLeft()));
    if (time <= 0) break;
    try {
      const signal = AbortSignal.timeout(time);
      const response = await fetch(`${address}${path}`, { cache: 'no-store', redirect: 'manual', ...init, signal });
      if (response.status < 500) return response;
      faults.push(new Error(`${address} answered ${response.status}: ${await response.text()}`));
    } catch (error) {
      faults.push(error);
    }
  }
  throw new ServiceUnavailable(new AggregateError(faults, 'No SuperTokens core answered'));
}
