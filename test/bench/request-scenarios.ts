import { randomUUID } from 'node:crypto';
import { readUserSettings } from '../../lib/config/user-settings.ts';
import { readAll } from '../../lib/config/variables.ts';
import { createCore, DEFAULT_CORE_CONFIG } from '../../lib/core/index.ts';
import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import type { Email, PasswordHash, UserId } from '../../lib/core/types.ts';
import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb } from '../../lib/dynamodb/client.ts';
import { createPasswordHashing } from '../../lib/passwords/password-hashing.ts';
import { DEFAULT_PASSWORD_SETTINGS } from '../../lib/passwords/password-settings.ts';
import { createSystemCoreWithUsers } from '../../lib/supertokens/system-core-with-users.ts';
import { systemRandom } from '../../lib/supertokens/system-random.ts';
import { type Call, httpApiEvent } from '../fixtures/lambda.ts';
import { credentials, PASSWORD } from '../fixtures/log-in.ts';
import { createdUser } from '../fixtures/users.ts';
import type { BenchDatabase } from './database.ts';
import type { FunctionName } from './functions.ts';
import { withSubstituteKey } from './substitute-key.ts';

/** A kind of request, and how to make as many of it as are wanted, each of which succeeds once. */
export interface Scenario {
  readonly name: string;
  readonly function: FunctionName;
  /** As serverless.yml calls the function. */
  readonly functionKey: string;
  readonly withoutHashing: boolean;
  /** How many to make for one round: what is dear is asked less often. */
  readonly perRound: number;
  makeEvents(count: number): Promise<object[]>;
}

export const SESSIONS_TO_REVOKE = 100;

export function createScenarios(database: BenchDatabase): Scenario[] {
  const sessions = createSessionMaker(database);
  const plain = { withoutHashing: false, perRound: 100 };
  const bySession = async (count: number, toEvent: (tokens: Tokens) => object) =>
    (await sessions.makeMany(count)).map(toEvent);
  return [
    {
      ...plain,
      name: 'protected route: session info',
      function: 'session-info',
      functionKey: 'sessionInfo',
      makeEvents: (count) => bySession(count, ({ access }) => eventWith(access, 'GET', '/sessioninfo')),
    },
    {
      ...plain,
      name: 'protected route: like a comment',
      function: 'like-comment',
      functionKey: 'likeComment',
      makeEvents: (count) => bySession(count, ({ access }) => eventWith(access, 'POST', '/like-comment', likeBody())),
    },
    ...signInScenarios(database),
    {
      ...plain,
      name: 'refresh',
      function: 'auth',
      functionKey: 'auth',
      makeEvents: (count) => bySession(count, ({ refresh }) => eventWith(refresh, 'POST', '/auth/session/refresh')),
    },
    {
      ...plain,
      name: 'sign-out',
      function: 'auth',
      functionKey: 'auth',
      makeEvents: (count) => bySession(count, ({ access }) => eventWith(access, 'POST', '/auth/signout')),
    },
    revokeAllScenario(database, sessions),
  ];
}

const likeBody = () => ({ commentId: randomUUID() });

const eventWith = (token: string, method: string, path: string, body?: object): object =>
  httpApiEvent(method, path, headerCall({ authorization: `Bearer ${token}` }, body));

const headerCall = (headers: Record<string, string>, body?: object): Call => ({
  headers: { 'st-auth-mode': 'header', ...headers },
  ...(body !== undefined && { body }),
});

function signInScenarios(database: BenchDatabase): Scenario[] {
  const signIn = { function: 'user', functionKey: 'user' } as const;
  return [
    {
      ...signIn,
      name: 'sign-in, password hashing aside',
      withoutHashing: true,
      perRound: 100,
      makeEvents: (count) => makeSignIns(database, count, withSubstituteKey),
    },
    {
      ...signIn,
      name: 'sign-in',
      withoutHashing: false,
      perRound: 4,
      makeEvents: (count) => makeSignIns(database, count),
    },
    {
      ...signIn,
      name: 'sign-in by a code',
      withoutHashing: false,
      perRound: 100,
      makeEvents: (count) => makeCodes(database, count),
    },
  ];
}

/** Each signs a new user up by the link in a mail. */
async function makeCodes({ endpoint, tables }: BenchDatabase, count: number): Promise<object[]> {
  const db = createDynamoDb({ endpoint, region: LOCAL_REGION });
  const core = createSystemCoreWithUsers(
    createDynamoDbStore(db, tables),
    createDynamoDbUserStores(db, tables.coreUsers),
    DEFAULT_CORE_CONFIG,
    readAll({}, readUserSettings),
  );
  const make = async (): Promise<object> => {
    const { status, body } = await core.handle({
      method: 'POST',
      path: '/recipe/signinup/code',
      query: new URLSearchParams(),
      headers: { 'cdi-version': '5.4', rid: 'passwordless' },
      body: JSON.stringify({ email: `${randomUUID()}@example.com` }),
    });
    if (status !== 200) throw new Error(`No code was made: ${body}`);
    const { preAuthSessionId, linkCode } = JSON.parse(body) as Record<string, string>;
    return httpApiEvent('POST', '/auth/signinup/code/consume', headerCall({}, { preAuthSessionId, linkCode }));
  };
  const events: object[] = [];
  while (events.length < count) events.push(await make());
  return events;
}

function revokeAllScenario(database: BenchDatabase, sessions: SessionMaker): Scenario {
  return {
    name: `revoke all of ${SESSIONS_TO_REVOKE} sessions`,
    function: 'signout-everywhere',
    functionKey: 'signoutEverywhere',
    withoutHashing: false,
    perRound: 5,
    async makeEvents(count) {
      const all = await sessions.makeMany(count);
      for (const { userId } of all) await database.seed(SESSIONS_TO_REVOKE - 1, userId);
      return all.map(({ access }) => eventWith(access, 'POST', '/signout-everywhere'));
    },
  };
}

interface Tokens {
  readonly userId: UserId;
  readonly access: string;
  readonly refresh: string;
}

interface SessionMaker {
  /** Sessions as log-ins make them, each of a user of its own. */
  makeMany(count: number): Promise<Tokens[]>;
}

function createSessionMaker({ endpoint, tables }: BenchDatabase): SessionMaker {
  const core = createCore({
    store: createDynamoDbStore(createDynamoDb({ endpoint, region: LOCAL_REGION }), tables),
    clock: Date.now,
    random: systemRandom,
    config: { ...DEFAULT_CORE_CONFIG, rotation: 'on-refresh', graceReuse: 'same' },
  });
  const make = async (): Promise<Tokens> => {
    const userId = randomUUID() as UserId;
    const { status, body } = await core.handle({
      method: 'POST',
      path: '/recipe/session',
      query: new URLSearchParams(),
      headers: { 'cdi-version': '5.4' },
      body: JSON.stringify({ userId, userDataInJWT: {}, userDataInDatabase: {}, enableAntiCsrf: false }),
    });
    if (status !== 200) throw new Error(`No session was made: ${body}`);
    const { accessToken, refreshToken } = JSON.parse(body) as Record<string, { token: string }>;
    return { userId, access: accessToken?.token ?? '', refresh: refreshToken?.token ?? '' };
  };
  return {
    async makeMany(count) {
      const made: Tokens[] = [];
      while (made.length < count) made.push(await make());
      return made;
    },
  };
}

/** Sign-ins of one user, each from an address of its own, for attempts are limited. Users change before their limit. */
const SIGN_INS_PER_USER = 50;

let lastAddress = 0;

async function makeSignIns(
  { endpoint, tables }: BenchDatabase,
  count: number,
  change = (hash: string): string => hash,
): Promise<object[]> {
  const db = createDynamoDb({ endpoint, region: LOCAL_REGION });
  const { users } = createDynamoDbUserStores(db, tables.coreUsers);
  const hash = await createPasswordHashing(DEFAULT_PASSWORD_SETTINGS, systemRandom).hash(PASSWORD);
  const passwordHash = change(hash) as PasswordHash;
  const events: object[] = [];
  let email = '';
  for (let index = 0; index < count; index++) {
    if (index % SIGN_INS_PER_USER === 0) {
      email = `${randomUUID()}@example.com`;
      await createdUser(users, { email: email as Email, passwordHash, timeJoined: Date.now() });
    }
    events.push(signInEvent(email, lastAddress++));
  }
  return events;
}

function signInEvent(email: string, address: number): object {
  const sourceIp = `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`;
  return httpApiEvent('POST', '/auth/signin', { ...headerCall({}, credentials(email)), sourceIp });
}
