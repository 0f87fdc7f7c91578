import { authRoutes } from '../lib/http/pipeline.ts';

/** ANY /auth/{proxy+}: SuperTokens' own routes. */
export const handler = authRoutes();
