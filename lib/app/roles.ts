import { PrimitiveArrayClaim } from 'supertokens-node/recipe/session/claims';

/**
 * The example of a claim: what a user may do, in the access token, so that asking costs no call. A session function
 * gives it, at log-in or later: `await session.setClaimValue(RolesClaim, ['admin'])`. A role that is taken away from
 * another session stays in its access token until that is refreshed.
 */
export const RolesClaim = new PrimitiveArrayClaim<string>({
  key: 'roles',
  // Nothing to look up: a session without the claim has no roles.
  fetchValue: () => undefined,
});
