import type { Service } from '../supertokens/service.ts';
import { isRouted, type RouteKey } from './not-found.ts';
import type { RouteMiddleware } from './pipeline.ts';

/**
 * Reads the keys while the function starts, so that its first request does not wait for them.
 * @param onlyFor the method of the requests that need keys, if not all do
 */
export function keysAhead(started: Service, onlyFor?: 'POST'): RouteMiddleware {
  void started.readKeysAhead();
  return {
    async before({ event }) {
      // This never fails. If it found no keys, the code that needs them reads them again.
      if (onlyFor === undefined || event.httpMethod === onlyFor) await started.readKeysAhead();
    },
  };
}

/**
 * Reads the published keys before the SDK verifies a token. While it verifies, the SDK treats every failure as an
 * invalid token. While DynamoDB is unavailable, it would answer 401 to every user.
 * @param route the only route whose requests are verified. Absent: all routes
 */
export function publishedKeysFirst({ publishedKeys }: Service, route?: RouteKey): RouteMiddleware {
  return {
    async before({ event }) {
      if (route === undefined || isRouted(event, [route])) await publishedKeys.read();
    },
  };
}

/**
 * Reads the keys while the function starts, and while its first request does what needs no keys.
 * @returns waits for the keys. Call it before the SDK verifies a token or creates a session
 */
export function keysBeside(started: Service): () => Promise<void> {
  void started.readKeysAhead();
  return async () => {
    await started.readKeysAhead();
    await started.publishedKeys.read();
  };
}
