import AccountLinking from 'supertokens-node/recipe/accountlinking';
import EmailPassword from 'supertokens-node/recipe/emailpassword';
import EmailVerification from 'supertokens-node/recipe/emailverification';
import Passwordless from 'supertokens-node/recipe/passwordless';
import Session from 'supertokens-node/recipe/session';
import ThirdParty from 'supertokens-node/recipe/thirdparty';
import UserMetadata from 'supertokens-node/recipe/usermetadata';
import UserRoles from 'supertokens-node/recipe/userroles';
import { linksAccounts } from './account-linking.ts';

/**
 * SuperTokens' recipes, which sign your users up and in. Configure and override each one as SuperTokens' documentation shows.
 * If you delete a recipe, its routes answer 404.
 *
 * Functions that serve these recipes have the whole list. Every other function has the Session recipe alone, and takes its
 * settings from the environment. To require verified e-mails on every route, set `EMAIL_VERIFICATION_MODE=REQUIRED`.
 */
export const recipeList = [
  EmailPassword.init(),
  EmailVerification.init({ mode: 'OPTIONAL' }),
  ThirdParty.init(),
  Passwordless.init({ contactMethod: 'EMAIL_OR_PHONE', flowType: 'USER_INPUT_CODE_AND_MAGIC_LINK' }),
  AccountLinking.init({
    async shouldDoAutomaticAccountLinking(_newAccount, _user, session) {
      // A session alone must not link: a thief of an access token could add a login method that stays.
      return linksAccounts() && session === undefined
        ? { shouldAutomaticallyLink: true, shouldRequireVerification: true }
        : { shouldAutomaticallyLink: false };
    },
  }),
  UserMetadata.init(),
  UserRoles.init(),
  Session.init(),
];
