import { describeCapacity } from './capacity.ts';
import { describeDynamoDbClient } from './dynamodb-client.ts';
import { describeKeyringStore, describePublishedKeysStore, describeVerifyingStore } from './key-stores.ts';
import { describeMigration } from './migration.ts';
import { describeRaces } from './races.ts';
import { describeSessionStore } from './session-store.ts';
import { describeSizeLimit } from './size-limit.ts';
import type { Target } from './targets.ts';

/** What the stores promise, on a DynamoDB that is started for it. */
export function describeContract(target: Target): void {
  let server: Awaited<ReturnType<Target['start']>>;
  beforeAll(async () => {
    server = await target.start();
  });
  afterAll(() => server?.stop());
  const endpoint = async (): Promise<string> => server.endpoint;

  describe('for DynamoDb:', () => describeDynamoDbClient(endpoint));
  describe('for SessionStore:', () => describeSessionStore(endpoint));
  describe('for KeyringStore:', () => describeKeyringStore(endpoint));
  describe('for PublishedKeysStore:', () => describePublishedKeysStore(endpoint));
  describe('for the store of functions that only verify:', () => describeVerifyingStore(endpoint));
  describe('for a session over 400 KB:', () => describeSizeLimit(endpoint));
  describe('for the capacity that is consumed:', () => describeCapacity(endpoint));
  describe('for races:', () => describeRaces(endpoint));
  describe('for moving sessions in and out:', () => describeMigration(endpoint));
}
