import { signOutEverywhere } from '../lib/http/sign-out-everywhere.ts';
import { json, protectedRoute } from '../lib/index.ts';

/**
 * POST /signout-everywhere: revokes all sessions of the user. A revoked session cannot call it.
 * A user without a verified e-mail can, as on the other routes that manage sessions.
 */
export const handler = protectedRoute(async ({ session }) => json(200, await signOutEverywhere(session)), {
  checkDatabase: true,
  overrideGlobalClaimValidators: () => [],
});
