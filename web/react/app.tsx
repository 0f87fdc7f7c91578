import { SuperTokensWrapper } from 'supertokens-auth-react';
import { SessionAuth } from 'supertokens-auth-react/recipe/session';
import { canHandleRoute, getRoutingComponent } from 'supertokens-auth-react/ui';
import { Account } from './account.tsx';
import { prebuiltUi } from './supertokens.ts';

/** SuperTokens' pages at their own paths. Every other path is the account, for users who are signed in and verified. */
export const App = () => (
  <SuperTokensWrapper>
    {canHandleRoute(prebuiltUi) ? getRoutingComponent(prebuiltUi) : <ProtectedPage />}
  </SuperTokensWrapper>
);

/** SuperTokens sends users without a session to the sign-in page, and users with an unverified e-mail to its verification page. */
const ProtectedPage = () => (
  <SessionAuth>
    <Account />
  </SessionAuth>
);
