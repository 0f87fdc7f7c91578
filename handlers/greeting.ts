import { json } from '../lib/http/json.ts';
import { protectedRoute } from '../lib/http/pipeline.ts';

/** GET /greeting: for everybody, and by name for who is logged in. */
export const handler = protectedRoute(
  async ({ session }) => json(200, { hello: session === undefined ? 'guest' : session.getUserId() }),
  { sessionRequired: false },
);
