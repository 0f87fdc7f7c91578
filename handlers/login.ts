import { answerLogIn } from '../lib/http/password-routes.ts';
import { publicRoute } from '../lib/index.ts';

/** POST /login {email, password}: creates the session. */
export const handler = publicRoute(answerLogIn);
