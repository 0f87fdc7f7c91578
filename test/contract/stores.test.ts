import { describeCapacity } from './capacity.ts';
import { describeDynamoDbClient } from './dynamodb-client.ts';
import { describeKeyringStore, describePublishedKeysStore, describeVerifyingStore } from './key-stores.ts';
import { describeMigration } from './migration.ts';
import { describeRaces } from './races.ts';
import { describeSessionStore } from './session-store.ts';
import { describeSizeLimit } from './size-limit.ts';
import { TARGETS, type Target } from './targets.ts';

const servers = new Map<Target, ReturnType<Target['start']>>();

// All at once: DynamoDB Local takes some seconds, in which the others can be tested.
beforeAll(() => {
  for (const target of TARGETS.filter(({ isHere }) => isHere)) {
    const server = target.start();
    server.catch(() => 'told where it is waited for');
    servers.set(target, server);
  }
});
afterAll(() => Promise.all([...servers.values()].map(async (server) => (await server).stop())));

describe.each(TARGETS)('On $title', (target) => {
  (target.isHere ? describe : describe.skip)('the store contract holds', () => {
    const endpoint = async (): Promise<string> => {
      const server = await servers.get(target);
      if (server === undefined) throw new Error(`${target.title} has not been started`);
      return server.endpoint;
    };
    describe('for DynamoDb:', () => describeDynamoDbClient(endpoint));
    describe('for SessionStore:', () => describeSessionStore(endpoint));
    describe('for KeyringStore:', () => describeKeyringStore(endpoint));
    describe('for PublishedKeysStore:', () => describePublishedKeysStore(endpoint));
    describe('for the store of functions that only verify:', () => describeVerifyingStore(endpoint));
    describe('for a session over 400 KB:', () => describeSizeLimit(endpoint));
    describe('for the capacity that is consumed:', () => describeCapacity(endpoint));
    describe('for races:', () => describeRaces(endpoint));
    describe('for moving sessions in and out:', () => describeMigration(endpoint));
  });
});
