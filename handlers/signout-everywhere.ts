import Session from 'supertokens-node/recipe/session';
import { json, protectedRoute, userIdOf } from '../lib/index.ts';

/** POST /signout-everywhere: revokes all sessions of the user; a session that is revoked already cannot ask for it. */
export const handler = protectedRoute(
  async (request) => {
    const revoked = await Session.revokeAllSessionsForUser(userIdOf(request));
    // Clears the tokens of the client that asks.
    await request.session.revokeSession();
    return json(200, { revoked: revoked.length });
  },
  { checkDatabase: true },
);
