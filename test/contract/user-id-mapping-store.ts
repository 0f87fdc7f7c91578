import { randomUUID } from 'node:crypto';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import type { UserStores } from '../../lib/core/store/user-stores.ts';
import type { UserId } from '../../lib/core/types.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import { dyingDb, pausingDb } from '../fixtures/store-wrappers.ts';
import { createdUser, JOINED, someEmail, storedUser, toEmail } from '../fixtures/users.ts';
import type { Database, Endpoint } from './targets.ts';

const LATER = JOINED + 60_001;

const mappingTo = (externalId: UserId, info?: string) => ({ externalId, info, claim: randomUUID() });
const someExternalId = () => `ext ${randomUUID()}` as UserId;

/** What UserIdMappingStore promises in lib/core/useridmapping/store/useridmapping-store.ts. */
export function describeUserIdMappingStore(endpoint: Endpoint): void {
  let database: Database;
  let stores: UserStores;

  beforeAll(async () => {
    database = await connectTestDatabase(await endpoint());
    stores = database.userStores;
  });

  test('a mapped user is found by the external id, until that is removed', async () => {
    const [row, externalId] = [await createdUser(stores.users), someExternalId()];
    expect(await stores.mappings.find(externalId)).toBeUndefined();
    expect(await stores.mappings.map(row, mappingTo(externalId, 'info'), JOINED)).toBe('done');
    const mapped = await stores.mappings.find(externalId);
    expect(mapped).toMatchObject({ id: row.id, externalId, externalIdInfo: 'info' });
    if (mapped === undefined) throw new Error('The user is not mapped');
    expect(await stores.mappings.unmap(mapped)).toBe(true);
    expect(await stores.mappings.unmap(await storedUser(stores.users, row.id))).toBe(false);
    expect(await stores.mappings.find(externalId)).toBeUndefined();
    expect((await storedUser(stores.users, row.id)).externalIdInfo).toBeUndefined();
  });

  test('an external id is one user’s, and is free at once when it was removed', async () => {
    const [one, other, externalId] = [
      await createdUser(stores.users),
      await createdUser(stores.users),
      someExternalId(),
    ];
    await stores.mappings.map(one, mappingTo(externalId), JOINED);
    expect(await stores.mappings.map(other, mappingTo(externalId), LATER)).toBe('external-id-taken');
    await stores.mappings.unmap(await storedUser(stores.users, one.id));
    expect(await stores.mappings.map(await storedUser(stores.users, other.id), mappingTo(externalId), JOINED)).toBe(
      'done',
    );
    expect((await stores.mappings.find(externalId))?.id).toBe(other.id);
  });

  test('what is noted of a mapping changes, and can be removed', async () => {
    const [row, externalId] = [await createdUser(stores.users), someExternalId()];
    await stores.mappings.map(row, mappingTo(externalId), JOINED);
    const mapped = await storedUser(stores.users, row.id);
    expect(await stores.mappings.setInfo(mapped, 'info')).toBe(true);
    expect((await storedUser(stores.users, row.id)).externalIdInfo).toBe('info');
    expect(await stores.mappings.setInfo(mapped, undefined)).toBe(true);
    expect((await storedUser(stores.users, row.id)).externalIdInfo).toBeUndefined();
    expect(await stores.mappings.setInfo(row, 'of no mapping')).toBe(false);
  });

  test('of 20 users who want one external id at once one gets it', async () => {
    const externalId = someExternalId();
    const rows = await Promise.all(Array.from({ length: 20 }, () => createdUser(stores.users)));
    const results = await Promise.all(rows.map((row) => stores.mappings.map(row, mappingTo(externalId), JOINED)));
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect((await stores.mappings.find(externalId))?.id).toBe(rows[results.indexOf('done')]?.id);
  });

  test('of 20 external ids for one user at once one counts, and the others are free', async () => {
    const row = await createdUser(stores.users);
    const ids = Array.from({ length: 20 }, someExternalId);
    const results = await Promise.all(ids.map((id) => stores.mappings.map(row, mappingTo(id), JOINED)));
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    const { externalId } = await storedUser(stores.users, row.id);
    for (const id of ids) expect((await stores.mappings.find(id))?.id).toBe(id === externalId ? row.id : undefined);
    const free = ids.find((id) => id !== externalId) as UserId;
    expect(await stores.mappings.map(await createdUser(stores.users), mappingTo(free), JOINED)).toBe('done');
  });

  test("a deleted user's external id is known for a while, and free at once", async () => {
    const [row, externalId] = [await createdUser(stores.users), someExternalId()];
    await stores.mappings.map(row, mappingTo(externalId), JOINED);
    expect(await stores.mappings.deletedOwnerOf(externalId)).toBeUndefined();
    await stores.users.markDeleted(row.id);
    expect(await stores.mappings.find(externalId)).toBeUndefined();
    expect(await stores.mappings.deletedOwnerOf(externalId)).toBe(row.id);
    await stores.users.erase(row, JOINED);
    expect(await stores.mappings.deletedOwnerOf(externalId)).toBe(row.id);
    const next = await createdUser(stores.users);
    expect(await stores.mappings.map(next, mappingTo(externalId), JOINED)).toBe('done');
    expect(await stores.mappings.deletedOwnerOf(externalId)).toBeUndefined();
    expect((await stores.mappings.find(externalId))?.id).toBe(next.id);
  });

  test('a mapping that fails takes nothing from another mapping of the same user to the same id', async () => {
    const [stale, externalId] = [await createdUser(stores.users), someExternalId()];
    await stores.users.change(stale, toEmail(someEmail()), JOINED);
    const row = await storedUser(stores.users, stale.id);
    const paused = pausingDb(database.db, ({ operation, pk }) => operation === 'update' && pk === `user#${row.id}`);
    const { mappings } = createDynamoDbUserStores(paused.db, database.tables.coreUsers);
    const mapping = mappings.map(row, mappingTo(externalId), JOINED);
    await paused.reached;
    expect(await stores.mappings.map(stale, mappingTo(externalId), JOINED)).toBe('overtaken');
    paused.resume();
    const isMapped = (await mapping) === 'done';
    expect((await storedUser(stores.users, row.id)).externalId).toBe(isMapped ? externalId : undefined);
    expect((await stores.mappings.find(externalId))?.id).toBe(isMapped ? row.id : undefined);
  });

  test.each([0, 1, 2])(
    'after a crash behind %i writes, the external id is the user’s or free within a minute',
    async (n) => {
      const [row, externalId] = [await createdUser(stores.users), someExternalId()];
      const dying = createDynamoDbUserStores(dyingDb(database.db, n), database.tables.coreUsers).mappings;
      await dying.map(row, mappingTo(externalId), JOINED).catch(() => undefined);
      const isMapped = (await storedUser(stores.users, row.id)).externalId === externalId;
      expect((await stores.mappings.find(externalId))?.id).toBe(isMapped ? row.id : undefined);
      const other = await createdUser(stores.users);
      const result = await stores.mappings.map(other, mappingTo(externalId), LATER);
      expect(result).toBe(isMapped ? 'external-id-taken' : 'done');
    },
  );
}
