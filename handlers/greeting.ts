import { json, protectedRoute } from '../lib/index.ts';

/** GET /greeting: for guests too; a logged-in user is greeted by their id. */
export const handler = protectedRoute(
  async ({ session }) => json(200, { hello: session === undefined ? 'guest' : session.getUserId() }),
  { sessionRequired: false },
);
