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
 * Reads the published keys before the SDK verifies a token. The SDK takes every failure then for a bad token, and would
 * answer 401 to every user while DynamoDB is unavailable.
 * @param route the one route whose requests are verified; absent: all are
 */
export function publishedKeysFirst({ publishedKeys }: Service, route?: RouteKey): RouteMiddleware {
  return {
    async before({ event }) {
      if (route === undefined || isRouted(event, [route])) await publishedKeys.read();
    },
  };
}
