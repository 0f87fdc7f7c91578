import { json } from '../../http/answer.ts';
import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { flag, optional, queryUserId, userId } from '../../http/schema.ts';
import { appSpecific, ownTenant } from '../../http/tenant-rules.ts';
import type { UserContext } from '../../user-context.ts';
import {
  answerByAccountInfo,
  answerCountActive,
  answerCountUsers,
  answerGetTenant,
  answerGetUserById,
  answerListTenants,
  answerListUsers,
  answerRemoveUser,
  answerSearchTags,
} from './answers.ts';
import {
  queryAccountInfo,
  queryLimit,
  queryOrder,
  queryPosition,
  queryRecipes,
  querySince,
  queryTags,
} from './query.ts';

type UserEndpoint = Endpoint<UserContext>;

/** Says whether there is the tenant of the request, in whatever app. */
const getTenant = (path: string): UserEndpoint => ({
  method: 'GET',
  path,
  isForAnyApp: true,
  async answer(context, { version, app, tenant }) {
    const isPublic = app === 'public' && tenant === 'public';
    return json(await answerGetTenant(path)(context, { isPublic }, { version }));
  },
});

const listTenants = (path: string): UserEndpoint => withQuery(path, () => ({}), ownTenant, answerListTenants(path));

const TENANT_PATH = '/recipe/multitenancy/tenant';

const TENANTS: readonly UserEndpoint[] = [
  getTenant(TENANT_PATH),
  getTenant(`${TENANT_PATH}/v2`),
  listTenants(`${TENANT_PATH}/list`),
  listTenants(`${TENANT_PATH}/list/v2`),
];

/** The endpoints for users of every recipe. */
export const USER: readonly UserEndpoint[] = [
  withQuery('/user/id', queryUserId, appSpecific, answerGetUserById),
  withQuery(
    '/users',
    (query) => {
      const tags = queryTags(query);
      const order = queryOrder(query);
      // A search has no pages.
      const limit = tags === undefined ? queryLimit(query) : 0;
      return { order, limit, from: queryPosition(query), recipes: queryRecipes(query), tags };
    },
    ownTenant,
    answerListUsers,
  ),
  withQuery(
    '/users/count',
    (query) => ({
      recipes: queryRecipes(query),
      includeAllTenants: query.get('includeAllTenants')?.toLowerCase() === 'true',
    }),
    (received, input) => (input.includeAllTenants ? appSpecific : ownTenant)(received, input),
    answerCountUsers,
  ),
  withQuery('/users/count/active', querySince, appSpecific, answerCountActive),
  withQuery('/users/by-accountinfo', queryAccountInfo, ownTenant, answerByAccountInfo),
  { ...withQuery('/user/search/tags', () => ({}), ownTenant, answerSearchTags), isForAnyApp: true },
  withBody(
    'POST',
    '/user/remove',
    () => ({ userId, removeAllLinkedAccounts: optional(flag) }),
    [appSpecific],
    answerRemoveUser,
  ),
  ...TENANTS,
];
