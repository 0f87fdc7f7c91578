import { onOidcLogIn } from '../lib/app/on-oidc-log-in.ts';
import { answerOidcLogIn } from '../lib/http/oidc-routes.ts';
import { publicRoute } from '../lib/index.ts';

/** POST /login/oidc {idToken, nonce?}: creates the session. */
export const handler = publicRoute(answerOidcLogIn(onOidcLogIn));
