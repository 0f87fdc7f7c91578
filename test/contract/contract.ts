import { describeCapacity } from './capacity.ts';
import { describeDynamoDbClient } from './dynamodb-client.ts';
import { describeKeyringStore, describePublishedKeysStore, describeVerifyingStore } from './key-stores.ts';
import { describeLinkCapacity } from './link-capacity.ts';
import { describeLinkCrashes } from './link-crashes.ts';
import { describeLinkHalts } from './link-halts.ts';
import { describeLinkRaces } from './link-races.ts';
import { describeMigration } from './migration.ts';
import { describePasswordlessStore } from './passwordless-store.ts';
import { describeRaces } from './races.ts';
import { describeSessionStore } from './session-store.ts';
import { describeSizeLimit } from './size-limit.ts';
import type { Endpoint, Target } from './targets.ts';
import { describeUserCapacity } from './user-capacity.ts';
import { describeUserContacts } from './user-contacts.ts';
import { describeUserCrashes } from './user-crashes.ts';
import { describeUserDataStores } from './user-data-stores.ts';
import { describeUserIdMappingStore } from './user-id-mapping-store.ts';
import { describeUserList } from './user-list.ts';
import { describeUserRolesStore } from './user-roles-store.ts';
import { describeUserStore } from './user-store.ts';

/** What each call of the stores promises. */
const describeStores = (endpoint: Endpoint): void => {
  describe('for DynamoDb:', () => describeDynamoDbClient(endpoint));
  describe('for SessionStore:', () => describeSessionStore(endpoint));
  describe('for KeyringStore:', () => describeKeyringStore(endpoint));
  describe('for PublishedKeysStore:', () => describePublishedKeysStore(endpoint));
  describe('for the store of functions that only verify:', () => describeVerifyingStore(endpoint));
};

/** What each call of the user stores promises. */
const describeUserStores = (endpoint: Endpoint): void => {
  describe('for UserStore:', () => describeUserStore(endpoint));
  describe('for contacts in UserStore:', () => describeUserContacts(endpoint));
  describe('for the list of UserStore:', () => describeUserList(endpoint));
  describe('for the data of users:', () => describeUserDataStores(endpoint));
  describe('for UserRolesStore:', () => describeUserRolesStore(endpoint));
  describe('for PasswordlessStore:', () => describePasswordlessStore(endpoint));
  describe('for UserIdMappingStore:', () => describeUserIdMappingStore(endpoint));
  describe('for the capacity that users consume:', () => describeUserCapacity(endpoint));
  describe('for crashes and halts within UserStore:', () => describeUserCrashes(endpoint));
};

/** What they promise under load: many calls at once, large items, many pages. */
const describeLoad = (endpoint: Endpoint): void => {
  describe('for a session over 400 KB:', () => describeSizeLimit(endpoint));
  describe('for the capacity that is consumed:', () => describeCapacity(endpoint));
  describe('for races:', () => describeRaces(endpoint));
  describe('for moving sessions in and out:', () => describeMigration(endpoint));
};

/** What linked login methods promise when several requests change them at once. */
const describeLinking = (endpoint: Endpoint): void => {
  describe('for the capacity that account linking consumes:', () => describeLinkCapacity(endpoint));
  describe('for halts within account linking:', () => describeLinkHalts(endpoint));
  describe('for races of account linking:', () => describeLinkRaces(endpoint));
};

/** What linked login methods promise wherever a process dies. */
const describeLinkingCrashes = (endpoint: Endpoint): void => {
  describe('for crashes within account linking:', () => describeLinkCrashes(endpoint));
};

const PARTS = {
  stores: describeStores,
  users: describeUserStores,
  linking: describeLinking,
  'crashes of linking': describeLinkingCrashes,
  load: describeLoad,
} as const;

/** Describes parts of the store contract on a DynamoDB that is started for them. */
export function describeContract(target: Target, parts: readonly (keyof typeof PARTS)[]): void {
  let server: Awaited<ReturnType<Target['start']>>;
  beforeAll(async () => {
    server = await target.start();
  });
  afterAll(() => server?.stop());
  const endpoint = async (): Promise<string> => server.endpoint;
  for (const part of parts) PARTS[part](endpoint);
}
