import { mailLanguages } from '../lib/app/mails/languages.ts';
import { recipeList } from '../lib/app/recipes.ts';
import { userRoutes } from '../lib/http/user-routes.ts';

/** SuperTokens' own routes for users: sign-up, sign-in, password reset and e-mail verification. */
export const handler = userRoutes(recipeList, mailLanguages);
