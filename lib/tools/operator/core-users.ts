import { createCoreWithUsers } from '../../core/core-with-users.ts';
import { DEFAULT_CORE_CONFIG } from '../../core/index.ts';
import { createDynamoDbStore, type SessionTables } from '../../core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../../core/store/dynamodb/user-stores.ts';
import type { CoreEvent, JsonObject, Millis, RoleName, UserId } from '../../core/types.ts';
import { DEFAULT_USER_CONFIG } from '../../core/user-config.ts';
import type { DynamoDb } from '../../dynamodb/client.ts';
import { createPasswordHashing } from '../../passwords/password-hashing.ts';
import type { PasswordSettings } from '../../passwords/password-settings.ts';
import { readPhoneNumber } from '../../phone-numbers/read-phone-number.ts';
import { systemRandom } from '../../supertokens/system-random.ts';
import { CommandFailed } from '../command-line.ts';

/** One way of a user to log in, as the core describes it. */
export interface LoginMethodRecord {
  readonly recipeId: string;
  readonly recipeUserId: UserId;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly thirdParty?: { readonly id: string; readonly userId: string };
  readonly verified: boolean;
  readonly timeJoined: Millis;
}

/** A user as the core describes it to SDKs: without passwords and tokens. */
export interface UserRecord {
  readonly id: UserId;
  readonly timeJoined: Millis;
  readonly emails: readonly string[];
  readonly phoneNumbers: readonly string[];
  readonly loginMethods: readonly LoginMethodRecord[];
}

/** The response to a request. It has some of these fields, depending on the request. */
interface CoreAnswer {
  readonly status: string;
  readonly user?: UserRecord;
  readonly users?: readonly UserRecord[];
  readonly nextPaginationToken?: string;
  readonly roles?: readonly RoleName[];
  readonly metadata?: JsonObject;
  readonly token?: string;
  readonly preAuthSessionId?: string;
  readonly linkCode?: string;
  readonly createdNewUser?: boolean;
  readonly didUserAlreadyHaveRole?: boolean;
  readonly didUserHaveRole?: boolean;
}

/** What users are listed by. All users if everything is absent. */
export interface UserFilter {
  /** Of the phone number if it starts with `+`, otherwise of the email or of its domain. */
  readonly beginning: string | undefined;
  /** The beginning of the id of a provider, such as `google`. */
  readonly provider: string | undefined;
}

/** Where a user is reached: one of the two. */
export type UserContact = { readonly email: string } | { readonly phoneNumber: string };

/** The users of a core, asked as an SDK asks for them. Every method throws `CommandFailed` if the core refuses a value. */
export interface CoreUsers {
  /** The newest first. */
  list(limit: number, filter: UserFilter): Promise<{ readonly users: readonly UserRecord[]; readonly isAll: boolean }>;
  /** By the user's own id or the external id. */
  find(id: UserId): Promise<UserRecord | undefined>;
  findByContact(contact: UserContact): Promise<readonly UserRecord[]>;
  /** @returns `undefined` if a user with a password has the email */
  create(email: string, password: string): Promise<UserRecord | undefined>;
  /** Creates a user who logs in by codes. The email then counts as verified. @returns `undefined` if such a user has the contact */
  createByCode(contact: UserContact): Promise<UserRecord | undefined>;
  remove(id: UserId): Promise<void>;
  /** @returns whether it was not verified before */
  verifyEmail(id: UserId, email: string): Promise<boolean>;
  /** @returns whether the user logs in by a password */
  setPassword(id: UserId, password: string): Promise<boolean>;
  metadataOf(id: UserId): Promise<JsonObject>;
  roles(): Promise<readonly RoleName[]>;
  rolesOf(id: UserId): Promise<readonly RoleName[]>;
  createRole(role: RoleName): Promise<void>;
  addRole(id: UserId, role: RoleName): Promise<'done' | 'had' | 'unknown-role'>;
  removeRole(id: UserId, role: RoleName): Promise<'done' | 'not-held' | 'unknown-role'>;
}

/** The core refuses larger pages. */
const MAX_PAGE = 500;

export function createCoreUsers(
  db: DynamoDb,
  tables: SessionTables & { readonly coreUsers: string },
  passwords: PasswordSettings,
): CoreUsers {
  const ask = createAsk(db, tables, passwords);
  const get = (path: string, query: Readonly<Record<string, string>>) => ask('GET', path, query);
  const post = (path: string, body: JsonObject) => ask('POST', path, {}, body);
  const put = (path: string, body: JsonObject) => ask('PUT', path, {}, body);
  return {
    list: (limit, filter) =>
      filter.beginning === undefined && filter.provider === undefined
        ? listAll(get, limit)
        : search(get, limit, filter),
    find: async (userId) => (await get('/user/id', { userId })).user,
    findByContact: async (contact) =>
      usersIn(await get('/users/by-accountinfo', { ...contact, doUnionOfAccountInfo: 'true' })),
    create: async (email, password) => (await post('/recipe/signup', { email, password })).user,
    async createByCode(contact) {
      if ((await ask('GET', '/recipe/user', contact, undefined, 'passwordless')).status === 'OK') return undefined;
      const { preAuthSessionId = '', linkCode = '' } = await post('/recipe/signinup/code', contact);
      const used = await post('/recipe/signinup/code/consume', { preAuthSessionId, linkCode });
      return used.createdNewUser === true ? used.user : undefined;
    },
    async remove(userId) {
      await post('/user/remove', { userId });
    },
    async verifyEmail(userId, email) {
      for (;;) {
        const { token } = await post('/recipe/user/email/verify/token', { userId, email });
        if (token === undefined) return false;
        const { status } = await post('/recipe/user/email/verify', { method: 'token', token });
        if (status === 'OK') return true;
        // A token that was used in between has ended this one, and may have been too old to verify the email.
      }
    },
    async setPassword(recipeUserId, password) {
      return (await put('/recipe/user', { recipeUserId, password })).status === 'OK';
    },
    metadataOf: async (userId) => (await get('/recipe/user/metadata', { userId })).metadata ?? {},
    roles: async () => (await get('/recipe/roles', {})).roles ?? [],
    rolesOf: async (userId) => (await get('/recipe/user/roles', { userId })).roles ?? [],
    async createRole(role) {
      await put('/recipe/role', { role });
    },
    async addRole(userId, role) {
      const { status, didUserAlreadyHaveRole } = await put('/recipe/user/role', { userId, role });
      if (status !== 'OK') return 'unknown-role';
      return didUserAlreadyHaveRole === true ? 'had' : 'done';
    },
    async removeRole(userId, role) {
      const { status, didUserHaveRole } = await post('/recipe/user/role/remove', { userId, role });
      if (status !== 'OK') return 'unknown-role';
      return didUserHaveRole === true ? 'done' : 'not-held';
    },
  };
}

type Get = (path: string, query: Readonly<Record<string, string>>) => Promise<CoreAnswer>;

const usersIn = ({ users = [] }: CoreAnswer): readonly UserRecord[] => users;

async function listAll(get: Get, limit: number) {
  const found: UserRecord[] = [];
  let token: string | undefined;
  do {
    const pageSize = Math.min(MAX_PAGE, limit - found.length);
    const query = { timeJoinedOrder: 'DESC', limit: String(pageSize), ...(token && { paginationToken: token }) };
    const page = await get('/users', query);
    found.push(...usersIn(page));
    token = page.nextPaginationToken;
  } while (token !== undefined && found.length < limit);
  return { users: found, isAll: token === undefined };
}

async function search(get: Get, limit: number, { beginning, provider }: UserFilter) {
  const query = {
    timeJoinedOrder: 'DESC',
    ...(beginning !== undefined && { [beginning.startsWith('+') ? 'phone' : 'email']: beginning }),
    ...(provider !== undefined && { provider }),
  };
  const found = usersIn(await get('/users', query));
  return { users: found.slice(0, limit), isAll: found.length <= limit };
}

/** Asks a core in this process. What the store fails with is thrown as it is. */
function createAsk(db: DynamoDb, tables: SessionTables & { readonly coreUsers: string }, passwords: PasswordSettings) {
  let failure: unknown;
  const core = createCoreWithUsers({
    store: createDynamoDbStore(db, tables),
    stores: createDynamoDbUserStores(db, tables.coreUsers),
    passwords: createPasswordHashing(passwords, systemRandom),
    readPhoneNumber,
    clock: Date.now,
    random: systemRandom,
    // The settings do not matter to what is done to users here.
    config: DEFAULT_CORE_CONFIG,
    userConfig: DEFAULT_USER_CONFIG,
    report(event: CoreEvent) {
      if (event.event === 'CoreRequestFailed') failure = event.error;
    },
  });
  return async (
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    query: Readonly<Record<string, string>>,
    body?: JsonObject,
    recipe?: string,
  ): Promise<CoreAnswer> => {
    const headers = recipe === undefined ? {} : { rid: recipe };
    const request = { method, path, query: new URLSearchParams(query), headers };
    const answer = await core.handle({ ...request, body: body && JSON.stringify(body) });
    if (answer.status === 200) return JSON.parse(answer.body) as CoreAnswer;
    throw answer.status < 500 ? new CommandFailed(answer.body) : failure;
  };
}
