import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import { isUserId, queryText, userId } from '../../http/schema.ts';
import { appSpecific } from '../../http/tenant-rules.ts';
import type { UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import { answerCheckLink, answerCheckPrimary, answerLink, answerMakePrimary, answerUnlink } from './answers.ts';

const PATH = '/recipe/accountlinking/user';

/** @throws CdiRefusal 400 if the query has no user id, or one that cannot be */
function queryId(query: URLSearchParams, name: string): UserId {
  const value = queryText(query, name);
  if (!isUserId(value)) throw new CdiRefusal(400, `Field name '${name}' is invalid in GET request`);
  return value;
}

const queryRecipeUser = (query: URLSearchParams) => ({ recipeUserId: queryId(query, 'recipeUserId') });

const queryLink = (query: URLSearchParams) => ({
  ...queryRecipeUser(query),
  primaryUserId: queryId(query, 'primaryUserId'),
});

/** The endpoints of the AccountLinking recipe. */
export const ACCOUNT_LINKING: readonly Endpoint<UserContext>[] = [
  withQuery(`${PATH}/primary/check`, queryRecipeUser, appSpecific, answerCheckPrimary),
  withBody('POST', `${PATH}/primary`, () => ({ recipeUserId: userId }), [appSpecific], answerMakePrimary),
  withQuery(`${PATH}/link/check`, queryLink, appSpecific, answerCheckLink),
  withBody('POST', `${PATH}/link`, () => ({ recipeUserId: userId, primaryUserId: userId }), [appSpecific], answerLink),
  withBody('POST', `${PATH}/unlink`, () => ({ recipeUserId: userId }), [appSpecific], answerUnlink),
];
