import type { DynamoDb } from '../../lib/dynamodb/client.ts';
import { besideRequest, sharingReads, withSharedReads } from '../../lib/dynamodb/shared-reads.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { interceptDb, pausingDb, recordingDb } from '../fixtures/store-wrappers.ts';

let database: TestDatabase;
let table: string;
let run = 0;
/** Of an item that exists, and another of the same partition that does not. */
let key: { pk: string; sk: string };
let missing: { pk: string; sk: string };

beforeAll(async () => {
  database = await startTestDatabase();
  table = database.tables.coreUsers;
});
afterAll(() => database?.stop());
beforeEach(async () => {
  run++;
  key = { pk: `user#${run}`, sk: 'a' };
  missing = { pk: `user#${run}`, sk: 'b' };
  await database.db.put(table, { ...key, n: 1 });
});

const recording = () => {
  const { db, calls } = recordingDb(database.db);
  return { db: sharingReads(db), operations: () => calls.map(({ operation }) => operation) };
};

const setN = (db: DynamoDb, n: number) => db.update(table, key, { set: { n } });

describe('equal reads of a request', () => {
  test('of one item are made once, by whichever method', async () => {
    const { db, operations } = recording();
    await withSharedReads(async () => {
      expect(await Promise.all([db.get(table, key), db.get(table, key)])).toEqual([
        { ...key, n: 1 },
        { ...key, n: 1 },
      ]);
      expect(await db.batchGet(table, [key, missing])).toEqual([{ ...key, n: 1 }]);
      expect(await db.get(table, missing)).toBeUndefined();
    });
    expect(operations()).toEqual(['get', 'batchGet']);
  });

  test('of several items are made once', async () => {
    const { db, operations } = recording();
    const partition = { name: 'pk', value: key.pk };
    await withSharedReads(async () => {
      for (const _time of [1, 2]) {
        expect(await db.query(table, partition)).toHaveLength(1);
        expect(await db.queryRange(table, { partition, sortKey: 'sk', between: ['a', 'z'] })).toHaveLength(1);
        expect(await db.queryRange(table, { partition, sortKey: 'sk', between: ['b', 'z'] })).toHaveLength(0);
      }
    });
    expect(operations()).toEqual(['query', 'queryRange', 'queryRange']);
  });

  test('are made again after a write of the request, even one whose condition fails', async () => {
    const { db } = recording();
    await withSharedReads(async () => {
      await db.get(table, key);
      await setN(database.db, 2);
      expect(await db.get(table, key)).toMatchObject({ n: 1 });
      await db.put(table, missing, { expression: 'attribute_exists(pk)' });
      expect(await db.get(table, key)).toMatchObject({ n: 2 });
      await setN(db, 3);
      expect(await db.batchGet(table, [key])).toMatchObject([{ n: 3 }]);
    });
  });

  test('are made again after a write that was under way during the first', async () => {
    const { db, reached, resume } = pausingDb(database.db, ({ operation }) => operation === 'update');
    const sharing = sharingReads(db);
    await withSharedReads(async () => {
      const write = setN(sharing, 2);
      await reached;
      expect(await sharing.get(table, key)).toMatchObject({ n: 1 });
      resume();
      await write;
      expect(await sharing.get(table, key)).toMatchObject({ n: 2 });
    });
  });

  test('are made again if the first failed', async () => {
    let failures = 0;
    const faulty = interceptDb(database.db, async ({ operation }) => {
      if (operation === 'get' && failures++ === 0) throw new Error('no answer');
    });
    const db = sharingReads(faulty);
    await withSharedReads(async () => {
      await expect(db.get(table, key)).rejects.toThrow('no answer');
      expect(await db.get(table, key)).toMatchObject({ n: 1 });
    });
  });

  test('show another request’s write at last to a loop that only reads', async () => {
    const { db } = recording();
    await withSharedReads(async () => {
      await db.get(table, key);
      await setN(database.db, 2);
      while ((await db.get(table, key))?.n !== 2) expect(run).toBeGreaterThan(0);
    });
  });
});

test('a read that may be stale is not shared', async () => {
  const { db, operations } = recording();
  await withSharedReads(async () => {
    await db.get(table, key, false);
    await db.batchGet(table, [key], false);
    await db.batchGet(table, [key], true, ['n']);
    await db.get(table, key);
  });
  expect(operations()).toEqual(['get', 'batchGet', 'batchGet', 'get']);
});

test('requests share nothing with each other, nor with what runs outside of them', async () => {
  const { db, operations } = recording();
  const request = () => withSharedReads(() => db.get(table, key));
  await Promise.all([request(), request(), db.get(table, key), db.batchGet(table, [key])]);
  expect(operations()).toHaveLength(4);
});

describe('work that a request does not wait for', () => {
  test('has ended when the request has, and cannot fail it', async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    let hasEnded = false;
    const request = withSharedReads(async () => {
      await besideRequest(() => promise.finally(() => (hasEnded = true)));
      setTimeout(() => reject(new Error('no answer')), 50);
      return 'answer';
    });
    expect(await request).toBe('answer');
    expect(hasEnded).toBe(true);
  });

  test('is waited for outside of a request', async () => {
    await expect(besideRequest(() => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  });
});
