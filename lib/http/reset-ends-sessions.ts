import Session from 'supertokens-node/recipe/session';
import type { SuperTokensPlugin } from 'supertokens-node/types';
import { overrideApis } from './recipe-apis.ts';

/**
 * Ends all of a user's sessions when the user has reset the password. By itself the SDK keeps them, so a thief with the
 * old password would stay logged in. If the sessions cannot be ended, the request fails although the password has
 * changed. The user then asks for another reset mail.
 * @param noteReset is called before the sessions are listed. A sign-in with the old password that is under way sees it later
 */
export const resetEndsSessions = (noteReset: (email: string) => Promise<void>): SuperTokensPlugin => ({
  id: 'reset-ends-sessions',
  overrideMap: {
    emailpassword: {
      apis: overrideApis((original) => ({
        async passwordResetPOST(input) {
          const response = await original.passwordResetPOST(input);
          if (response.status === 'OK') {
            await noteReset(response.email);
            await Session.revokeAllSessionsForUser(response.user.id, true, undefined, input.userContext);
          }
          return response;
        },
      })),
    },
  },
});
