import { answerSignUp } from '../lib/http/password-routes.ts';
import { publicRoute } from '../lib/http/pipeline.ts';

/** POST /signup {email, password}: a new user, logged in. */
export const handler = publicRoute(answerSignUp);
