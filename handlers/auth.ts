import { authRoutes } from '../lib/http/auth-routes.ts';

/** ANY /auth/{proxy+}: SuperTokens' own routes. */
export const handler = authRoutes();
