import { answerSignUp } from '../lib/http/password-routes.ts';
import { publicRoute } from '../lib/index.ts';

/** POST /signup {email, password}: creates a user and their session. */
export const handler = publicRoute(answerSignUp);
