import { healthCheck } from '../lib/http/health.ts';
import { plainRoute } from '../lib/index.ts';

/** GET /health: whether the core's store answers. */
export const handler = plainRoute(healthCheck());
