import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { queryUserId, userId } from '../../http/schema.ts';
import { appSpecific } from '../../http/tenant-rules.ts';
import type { UserContext } from '../../user-context.ts';
import { answerCheckLink, answerCheckPrimary, answerLink, answerMakePrimary, answerUnlink } from './answers.ts';

const PATH = '/recipe/accountlinking/user';

const queryRecipeUser = (query: URLSearchParams) => ({ recipeUserId: queryUserId(query, 'recipeUserId') });

const queryLink = (query: URLSearchParams) => ({
  ...queryRecipeUser(query),
  primaryUserId: queryUserId(query, 'primaryUserId'),
});

/** The endpoints of the AccountLinking recipe. */
export const ACCOUNT_LINKING: readonly Endpoint<UserContext>[] = [
  withQuery(`${PATH}/primary/check`, queryRecipeUser, appSpecific, answerCheckPrimary),
  withBody('POST', `${PATH}/primary`, () => ({ recipeUserId: userId }), [appSpecific], answerMakePrimary),
  withQuery(`${PATH}/link/check`, queryLink, appSpecific, answerCheckLink),
  withBody('POST', `${PATH}/link`, () => ({ recipeUserId: userId, primaryUserId: userId }), [appSpecific], answerLink),
  withBody('POST', `${PATH}/unlink`, () => ({ recipeUserId: userId }), [appSpecific], answerUnlink),
];
