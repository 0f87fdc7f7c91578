import type { SessionClaimValidator, VerifySessionOptions } from 'supertokens-node/recipe/session';
import type { ServiceConfig } from '../config/service-config.ts';

/** Claims of SuperTokens' recipes for users, which only the function `user` can fetch. */
const CLAIMS_OF_USERS: readonly string[] = ['st-ev', 'st-role', 'st-perm'];

/**
 * Which claims a route judges, and how. With `EMAIL_VERIFICATION_MODE=REQUIRED`, the e-mail must be verified.
 *
 * A verifying function judges claims by the access token alone, because it has no users and no sessions. By itself SuperTokens
 * would ask the core for a value that is missing or old. A session function fetches your own claims, but not those of users.
 */
export function claimRules(
  { core, requiresVerifiedEmail }: Pick<ServiceConfig, 'core' | 'requiresVerifiedEmail'>,
  options: VerifySessionOptions,
): VerifySessionOptions {
  const mayFetch = core.sessionTables !== undefined;
  const choose = options.overrideGlobalClaimValidators;
  return {
    ...options,
    async overrideGlobalClaimValidators(validators, session, userContext) {
      const all = requiresVerifiedEmail ? [...validators, EMAIL_IS_VERIFIED] : validators;
      const chosen = (await choose?.(all, session, userContext)) ?? all;
      return chosen.map((validator) => (mayFetch && !isOfUsers(validator) ? validator : withoutFetching(validator)));
    },
  };
}

/**
 * SuperTokens' `EmailVerificationClaim.validators.isVerified()`, without the recipe in the bundle. Its frontends know the id
 * and the reason, and send the user to the verification page.
 */
const EMAIL_IS_VERIFIED: SessionClaimValidator = {
  id: 'st-ev',
  async validate(payload) {
    const claim = payload['st-ev'] as { readonly v: boolean } | undefined;
    if (claim === undefined)
      return { isValid: false, reason: { message: 'value does not exist', expectedValue: true } };
    if (claim.v === true) return { isValid: true };
    return { isValid: false, reason: { message: 'wrong value', expectedValue: true, actualValue: claim.v } };
  },
};

const isOfUsers = (validator: SessionClaimValidator): boolean =>
  'claim' in validator && CLAIMS_OF_USERS.includes(validator.claim.key);

const withoutFetching = (validator: SessionClaimValidator): SessionClaimValidator =>
  'claim' in validator ? { ...validator, shouldRefetch: () => false } : validator;
