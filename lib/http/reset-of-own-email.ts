import SuperTokens from 'supertokens-node';
import type { SuperTokensPlugin } from 'supertokens-node/types';

/**
 * Lets a reset link do nothing if its mail went to an e-mail that the user no longer has. By itself the SDK accepts it, so an
 * attacker who reads the mails of the old address could still take over the account.
 */
export const resetOfOwnEmail: SuperTokensPlugin = {
  id: 'reset-of-own-email',
  overrideMap: {
    emailpassword: {
      functions: (original) => ({
        ...original,
        async consumePasswordResetToken(input) {
          const used = await original.consumePasswordResetToken(input);
          if (used.status !== 'OK') return used;
          const user = await SuperTokens.getUser(used.userId, input.userContext);
          const isOwn = user?.loginMethods.some((method) => method.hasSameEmailAs(used.email)) ?? false;
          return isOwn ? used : { status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR' };
        },
      }),
    },
  },
};
