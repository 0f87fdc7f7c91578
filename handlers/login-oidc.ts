import { answerOidcLogIn } from '../lib/http/oidc-routes.ts';
import { publicRoute } from '../lib/index.ts';

/** POST /login/oidc {idToken, nonce?}: creates the session. */
export const handler = publicRoute(answerOidcLogIn);
