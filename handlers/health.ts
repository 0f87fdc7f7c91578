import { answerHealth } from '../lib/http/health.ts';
import { plainRoute } from '../lib/http/pipeline.ts';

/** GET /health: whether the core's store answers. */
export const handler = plainRoute(answerHealth);
