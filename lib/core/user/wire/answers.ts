import type { Answer } from '../../http/endpoint.ts';
import type { JsonObject, Millis, UserId } from '../../types.ts';
import type { UserContext } from '../../user-context.ts';
import {
  type AccountInfo,
  listUsers,
  listUsersByAccountInfo,
  searchUsers,
  type UserPage,
} from '../operations/list-users.ts';
import { findUser } from '../operations/load-user.ts';
import { removeUser } from '../operations/remove-user.ts';
import { normalisedEmail } from '../rules/email.ts';
import { isSameThirdParty } from '../rules/identity.ts';
import { normalisedPhoneNumber } from '../rules/phone-number.ts';
import type { UserSearch } from '../rules/search.ts';
import { thirdPartyOf } from '../rules/third-party.ts';
import type { RecipeId, User } from '../rules/user.ts';
import type { ListOrder, ListPosition } from '../store/user-store.ts';
import { describeListedUser, describeUser } from './describe-user.ts';
import { type AccountInfoQuery, pageTokenOf } from './query.ts';

type UserAnswer<Input> = Answer<Input, UserContext>;

/** GET /user/id: in the form of version 4.0 even for older ones. */
export const answerGetUserById: UserAnswer<UserId> = async (context, userId, call) => {
  const user = await findUser(context, userId);
  return user === undefined ? { status: 'UNKNOWN_USER_ID_ERROR' } : { status: 'OK', user: describeUser(user, call) };
};

interface ListQuery {
  readonly order: ListOrder;
  readonly limit: number;
  readonly from: ListPosition | undefined;
  readonly recipes: readonly RecipeId[] | undefined;
  readonly tags: UserSearch | undefined;
}

/** GET /users: a page, or all that are searched for. */
export const answerListUsers: UserAnswer<ListQuery> = async (context, query, call) => {
  const { users, next } = await readUsers(context, query);
  return {
    status: 'OK',
    users: users.map((user) => describeListedUser(user, call)),
    ...(next !== undefined && { nextPaginationToken: pageTokenOf(next) }),
  };
};

async function readUsers(context: UserContext, { tags, ...query }: ListQuery): Promise<UserPage> {
  if (tags === undefined) return listUsers(context, query);
  return { users: await searchUsers(context, tags, query.order), next: undefined };
}

export interface CountQuery {
  readonly recipes: readonly RecipeId[] | undefined;
  readonly includeAllTenants: boolean;
}

/** GET /users/count */
export const answerCountUsers: UserAnswer<CountQuery> = async ({ stores }, { recipes }) => ({
  status: 'OK',
  count: await stores.users.count(recipes),
});

/** GET /users/count/active */
export const answerCountActive: UserAnswer<Millis> = async ({ stores }, since) => ({
  status: 'OK',
  count: await stores.activity.count(since),
});

/** GET /users/by-accountinfo: in the form of version 4.0 even for older ones. */
export const answerByAccountInfo: UserAnswer<AccountInfoQuery> = async (context, query, call) => {
  const users = await usersByAccountInfo(context, query);
  return { status: 'OK', users: users.map((user) => describeUser(user, call)) };
};

async function usersByAccountInfo(context: UserContext, query: AccountInfoQuery): Promise<readonly User[]> {
  const { phoneNumber, thirdParty, isUnion, isAboutPasskey } = query;
  const info = {
    email: query.email === undefined ? undefined : normalisedEmail(query.email),
    phoneNumber:
      phoneNumber === undefined ? undefined : await normalisedPhoneNumber(context.readPhoneNumber, phoneNumber),
    thirdParty: thirdParty && thirdPartyOf(thirdParty.id, thirdParty.userId),
  };
  if (isUnion) return listUsersByAccountInfo(context, info);
  // What no user can have is given, but not looked for.
  const isImpossible = (['email', 'phoneNumber', 'thirdParty'] as const).some(
    (name) => query[name] !== undefined && info[name] === undefined,
  );
  if (isAboutPasskey || isImpossible) return [];
  return (await listUsersByAccountInfo(context, info)).filter((user) => hasAccountInfo(user, info));
}

/** Whether the login methods of a user have, together, all of it. */
const hasAccountInfo = ({ loginMethods }: User, { email, phoneNumber, thirdParty }: AccountInfo): boolean =>
  (email === undefined || loginMethods.some((method) => method.email === email)) &&
  (phoneNumber === undefined || loginMethods.some((method) => method.phoneNumber === phoneNumber)) &&
  (thirdParty === undefined || loginMethods.some((method) => isSameThirdParty(method.thirdParty, thirdParty)));

/** GET /user/search/tags */
export const answerSearchTags: UserAnswer<unknown> = async () => ({
  status: 'OK',
  tags: ['email', 'phone', 'provider'],
});

/** POST /user/remove */
export const answerRemoveUser: UserAnswer<{
  readonly userId: UserId;
  readonly removeAllLinkedAccounts: boolean | undefined;
}> = async (context, { userId, removeAllLinkedAccounts }) => {
  await removeUser(context, userId, removeAllLinkedAccounts);
  return { status: 'OK' };
};

/** The only tenant, as versions from 5.0 on get it. */
const TENANT: JsonObject = { tenantId: 'public', thirdParty: { providers: [] }, coreConfig: {} };

/** The same with the recipes that it has. */
const OLD_TENANT: JsonObject = {
  tenantId: 'public',
  emailPassword: { enabled: true },
  thirdParty: { enabled: true, providers: [] },
  passwordless: { enabled: true },
  coreConfig: {},
};

const isV2 = (path: string): boolean => path.endsWith('/v2');

/** GET /recipe/multitenancy/tenant and its second version. */
export const answerGetTenant =
  (path: string): UserAnswer<{ readonly isPublic: boolean }> =>
  async (_context, { isPublic }) =>
    isPublic ? { status: 'OK', ...(isV2(path) ? TENANT : OLD_TENANT) } : { status: 'TENANT_NOT_FOUND_ERROR' };

/** GET /recipe/multitenancy/tenant/list and its second version. */
export const answerListTenants =
  (path: string): UserAnswer<unknown> =>
  async () => ({ status: 'OK', tenants: [isV2(path) ? TENANT : OLD_TENANT] });
