import SuperTokens from 'supertokens-auth-react';
import EmailPassword from 'supertokens-auth-react/recipe/emailpassword';
import { EmailPasswordPreBuiltUI } from 'supertokens-auth-react/recipe/emailpassword/prebuiltui';
import EmailVerification from 'supertokens-auth-react/recipe/emailverification';
import { EmailVerificationPreBuiltUI } from 'supertokens-auth-react/recipe/emailverification/prebuiltui';
import Passwordless from 'supertokens-auth-react/recipe/passwordless';
import { PasswordlessPreBuiltUI } from 'supertokens-auth-react/recipe/passwordless/prebuiltui';
import Session from 'supertokens-auth-react/recipe/session';
import ThirdParty from 'supertokens-auth-react/recipe/thirdparty';
import { ThirdPartyPreBuiltUI } from 'supertokens-auth-react/recipe/thirdparty/prebuiltui';
import { withReasons } from './reasons.ts';
import { API_DOMAIN, TOKEN_TRANSFER_METHOD } from './settings.ts';

/** SuperTokens' own pages: sign-in, sign-up, new password and e-mail verification, below /auth. */
export const prebuiltUi = [
  EmailPasswordPreBuiltUI,
  EmailVerificationPreBuiltUI,
  ThirdPartyPreBuiltUI,
  PasswordlessPreBuiltUI,
];

export function startSuperTokens(): void {
  SuperTokens.init({
    appInfo: { appName: 'React example', apiDomain: API_DOMAIN, websiteDomain: location.origin },
    // The API says which of these sign-in methods it has, and which providers.
    usesDynamicLoginMethods: true,
    recipeList: [
      EmailPassword.init({ override: { functions: withReasons } }),
      EmailVerification.init({ mode: 'REQUIRED', override: { functions: withReasons } }),
      ThirdParty.init({ override: { functions: withReasons } }),
      Passwordless.init({ contactMethod: 'EMAIL_OR_PHONE', override: { functions: withReasons } }),
      Session.init({ tokenTransferMethod: TOKEN_TRANSFER_METHOD }),
    ],
  });
}
