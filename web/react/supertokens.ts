import SuperTokens from 'supertokens-auth-react';
import EmailPassword from 'supertokens-auth-react/recipe/emailpassword';
import { EmailPasswordPreBuiltUI } from 'supertokens-auth-react/recipe/emailpassword/prebuiltui';
import EmailVerification from 'supertokens-auth-react/recipe/emailverification';
import { EmailVerificationPreBuiltUI } from 'supertokens-auth-react/recipe/emailverification/prebuiltui';
import Session from 'supertokens-auth-react/recipe/session';
import { API_DOMAIN, TOKEN_TRANSFER_METHOD } from './settings.ts';

/** SuperTokens' own pages: sign-in, sign-up, new password and e-mail verification, below /auth. */
export const prebuiltUi = [EmailPasswordPreBuiltUI, EmailVerificationPreBuiltUI];

export function startSuperTokens(): void {
  SuperTokens.init({
    appInfo: { appName: 'React example', apiDomain: API_DOMAIN, websiteDomain: location.origin },
    recipeList: [
      EmailPassword.init(),
      EmailVerification.init({ mode: 'REQUIRED' }),
      Session.init({ tokenTransferMethod: TOKEN_TRANSFER_METHOD }),
    ],
  });
}
