import { PrimitiveArrayClaim } from 'supertokens-node/recipe/session/claims';

/**
 * A user's roles, as SuperTokens' UserRoles recipe puts them into the access token at sign-in. It is the recipe's claim
 * without the recipe, so that a route which only verifies stays small. `npm run users -- roles` gives and takes roles.
 * A removed role stays in the access tokens of the user's existing sessions.
 *
 * Log-ins of your own set the claim themselves: `claimsOf(RolesClaim, ['admin'])`.
 */
export const RolesClaim = new PrimitiveArrayClaim<string>({
  key: 'st-role',
  // Nothing to look up: a session without the claim has no roles.
  fetchValue: () => undefined,
});
