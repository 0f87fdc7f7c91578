import type { SessionClaimValidator, VerifySessionOptions } from 'supertokens-node/recipe/session';
import type { Service } from '../supertokens/service.ts';

/**
 * Lets a verifying function judge claims by the access token alone. SuperTokens' own claims, such as roles and e-mail
 * verification, would ask the core for a value that is missing or old, and a verifying function has no users and no sessions.
 */
export function claimsFromToken({ config: { core } }: Service, options: VerifySessionOptions): VerifySessionOptions {
  if (core.sessionTables !== undefined) return options;
  const choose = options.overrideGlobalClaimValidators;
  return {
    ...options,
    async overrideGlobalClaimValidators(validators, session, userContext) {
      const chosen = (await choose?.(validators, session, userContext)) ?? validators;
      return chosen.map(withoutFetching);
    },
  };
}

const withoutFetching = (validator: SessionClaimValidator): SessionClaimValidator =>
  'claim' in validator ? { ...validator, shouldRefetch: () => false } : validator;
