import { readServiceConfig } from '../config/service-config.ts';
import { log } from '../observability/log.ts';
import { coreReacher } from '../supertokens/reach-core.ts';
import { ServiceError } from './errors.ts';
import { json } from './json.ts';
import type { RouteHandler } from './pipeline.ts';

/**
 * Answers 200 if the core's store responds, and 503 otherwise. Load balancers and monitors use it.
 * @throws ConfigurationError when the function starts
 */
export function healthCheck(): RouteHandler {
  const config = readServiceConfig();
  const reach = coreReacher(config);
  const core = config.core.kind;
  return async () => {
    try {
      await reach();
      return json(200, { status: 'ok', core, store: 'ok' });
    } catch (error) {
      log('error', 'StoreUnreachable', { error });
      const { statusCode, code, message } = new ServiceError('service_unavailable', 'The store does not respond');
      return json(statusCode, { code, message, status: 'error', core, store: 'unavailable' });
    }
  };
}
