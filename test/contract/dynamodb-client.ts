import { LOCAL_REGION } from '../../lib/dev/dynamodb.ts';
import { createDynamoDb, type DynamoDb, type Item } from '../../lib/dynamodb/client.ts';
import { connectTestDatabase } from '../fixtures/core.ts';
import type { Endpoint } from './targets.ts';

/** What DynamoDb promises in lib/dynamodb/client.ts. */
export function describeDynamoDbClient(endpoint: Endpoint): void {
  let db: DynamoDb;
  /** Keyed by `pk`. */
  let table: string;
  /** Keyed by `pk` and `sk`. */
  let sortedTable: string;

  beforeAll(async () => {
    const database = await connectTestDatabase(await endpoint());
    db = database.db;
    table = database.tables.users;
    sortedTable = database.tables.sessions;
  });

  let count = 0;
  const someKey = () => ({ pk: `item ${count++}` });
  const stored = async (attributes: Item = {}) => {
    const key = someKey();
    await db.put(table, { ...key, ...attributes });
    return key;
  };

  describe('get and put', () => {
    test('an item comes back as it was put', async () => {
      const item = { ...someKey(), text: 'Ünï 🦄 \u0000', empty: '', number: -12.5, time: 1795435200000, flag: false };
      expect(await db.put(table, item)).toBe(true);
      expect(await db.get(table, { pk: item.pk })).toEqual(item);
      expect(await db.get(table, { pk: item.pk }, false)).toEqual(item);
    });

    test('an item that is not there is undefined', async () => {
      expect(await db.get(table, someKey())).toBeUndefined();
    });

    test('what is put replaces the item, all of it', async () => {
      const key = await stored({ old: 1 });
      await db.put(table, { ...key, new: 2 });
      expect(await db.get(table, key)).toEqual({ ...key, new: 2 });
    });

    test('what is put under a condition that fails changes nothing', async () => {
      const key = await stored({ value: 1 });
      const isNew = { expression: 'attribute_not_exists(pk)' };
      expect(await db.put(table, { ...key, value: 2 }, isNew)).toBe(false);
      const isTwo = { expression: '#v = :v', names: { '#v': 'value' }, values: { ':v': 2 } };
      expect(await db.put(table, { ...key, value: 3 }, isTwo)).toBe(false);
      expect(await db.get(table, key)).toEqual({ ...key, value: 1 });
      expect(await db.put(table, { ...key, value: 4 }, { ...isTwo, values: { ':v': 1 } })).toBe(true);
      expect(await db.get(table, key)).toEqual({ ...key, value: 4 });
    });

    test('an item over 400 KB is too large', async () => {
      const item = { ...someKey(), text: 'x'.repeat(400 * 1024) };
      await expect(db.put(table, item)).rejects.toMatchObject({ fault: 'ItemTooLarge' });
    });
  });

  describe('update', () => {
    test('attributes are set, removed and added to, and the item after it is returned', async () => {
      const key = await stored({ a: 1, b: 2, c: 3, kept: true });
      const updated = await db.update(table, key, { set: { a: 'new' }, remove: ['b', 'absent'], add: { c: 4, d: -5 } });
      expect(updated).toEqual({ ...key, a: 'new', c: 7, d: -5, kept: true });
      expect(await db.get(table, key)).toEqual(updated);
    });

    test.each<[string, object, Item]>([
      ['set', { set: { a: 'new' } }, { a: 'new', b: 2 }],
      ['remove', { remove: ['a'] }, { b: 2 }],
      ['add', { add: { a: 1 } }, { a: 2, b: 2 }],
    ])('it can %s alone', async (_verb, update, expected) => {
      const key = await stored({ a: 1, b: 2 });
      expect(await db.update(table, key, update)).toEqual({ ...key, ...expected });
    });

    test('attributes may have the names that DynamoDB reserves', async () => {
      const key = await stored({ user: 'u', data: 'd', counter: 1 });
      const update = { set: { user: 'v', status: 's' }, remove: ['data'], add: { counter: 1 } };
      expect(await db.update(table, key, update)).toEqual({ ...key, user: 'v', status: 's', counter: 2 });
    });

    test('an item that is not there is made, unless a condition forbids it', async () => {
      const key = someKey();
      const condition = { expression: 'attribute_exists(pk)' };
      expect(await db.update(table, key, { set: { a: 1 }, condition })).toBeUndefined();
      expect(await db.get(table, key)).toBeUndefined();
      expect(await db.update(table, key, { set: { a: 1 } })).toEqual({ ...key, a: 1 });
    });

    test('a condition that fails changes nothing', async () => {
      const key = await stored({ a: 1 });
      const condition = { expression: '#if > :if', names: { '#if': 'a' }, values: { ':if': 1 } };
      expect(await db.update(table, key, { set: { a: 5 }, remove: ['b'], condition })).toBeUndefined();
      expect(await db.get(table, key)).toEqual({ ...key, a: 1 });
    });

    test('of many additions at once none is lost', async () => {
      const key = await stored();
      await Promise.all(Array.from({ length: 50 }, () => db.update(table, key, { add: { sum: 2 } })));
      expect(await db.get(table, key)).toEqual({ ...key, sum: 100 });
    });

    test('an item that grows over 400 KB is too large, and stays as it was', async () => {
      const key = await stored({ a: 1 });
      const growth = db.update(table, key, { set: { text: 'x'.repeat(400 * 1024) } });
      await expect(growth).rejects.toMatchObject({ fault: 'ItemTooLarge' });
      expect(await db.get(table, key)).toEqual({ ...key, a: 1 });
    });
  });

  describe('delete', () => {
    test('the item as it was is returned, once', async () => {
      const key = await stored({ a: 1 });
      expect(await db.delete(table, key)).toEqual({ ...key, a: 1 });
      expect(await db.get(table, key)).toBeUndefined();
      expect(await db.delete(table, key)).toBeUndefined();
    });
  });

  describe('deleteIf', () => {
    const ifOne = { expression: '#v = :v', names: { '#v': 'value' }, values: { ':v': 1 } };

    test('an item that meets the condition is deleted, once', async () => {
      const key = await stored({ value: 1 });
      expect(await db.deleteIf(table, key, ifOne)).toBe(true);
      expect(await db.get(table, key)).toBeUndefined();
      expect(await db.deleteIf(table, key, ifOne)).toBe(false);
    });

    test('an item that does not meet the condition stays', async () => {
      const key = await stored({ value: 2 });
      expect(await db.deleteIf(table, key, ifOne)).toBe(false);
      expect(await db.get(table, key)).toEqual({ ...key, value: 2 });
    });

    test('of many deletions at once one succeeds', async () => {
      const key = await stored({ value: 1 });
      const results = await Promise.all(Array.from({ length: 20 }, () => db.deleteIf(table, key, ifOne)));
      expect(results.filter(Boolean)).toHaveLength(1);
    });
  });

  describe('queryRange', () => {
    const range = { partition: { name: 'pk', value: 'range' }, sortKey: 'sk' };
    const sortKeys = (items: readonly Item[]) => items.map(({ sk }) => sk);

    beforeAll(async () => {
      for (const sk of ['a', 'b', 'c', 'd', 'é']) await db.put(sortedTable, { pk: 'range', sk });
    });

    test('both ends belong to it', async () => {
      expect(sortKeys(await db.queryRange(sortedTable, { ...range, between: ['b', 'd'] }))).toEqual(['b', 'c', 'd']);
    });

    test('it can be read from its end', async () => {
      const found = await db.queryRange(sortedTable, { ...range, between: ['b', 'd'], isDescending: true });
      expect(sortKeys(found)).toEqual(['d', 'c', 'b']);
    });

    test('a limit ends it', async () => {
      const found = await db.queryRange(sortedTable, { ...range, between: ['a', '\u{10ffff}'], limit: 2 });
      expect(sortKeys(found)).toEqual(['a', 'b']);
    });

    test('a range of several pages of 1 MB is read to its limit', async () => {
      const items = Array.from({ length: 9 }, (_, sk) => ({
        pk: 'large range',
        sk: `${sk}`,
        text: 'x'.repeat(300_000),
      }));
      await Promise.all(items.map((item) => db.put(sortedTable, item)));
      const large = { partition: { name: 'pk', value: 'large range' }, sortKey: 'sk', between: ['0', '9'] } as const;
      expect(sortKeys(await db.queryRange(sortedTable, { ...large, limit: 7 }))).toHaveLength(7);
      expect(sortKeys(await db.queryRange(sortedTable, large))).toHaveLength(9);
    });
  });

  describe('query and count', () => {
    const partition = (value: string) => ({ name: 'pk', value });

    test('all items of the partition are found, and no other', async () => {
      const items = ['a', 'b', 'c'].map((sk) => ({ pk: 'partition', sk, text: `${sk} ä` }));
      for (const item of [...items, { pk: 'partition 2', sk: 'a' }]) await db.put(sortedTable, item);
      expect(await db.query(sortedTable, partition('partition'))).toEqual(items);
      expect(await db.count(sortedTable, partition('partition'))).toBe(3);
    });

    test('only the items that meet a condition are counted', async () => {
      for (const [sk, value] of [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ] as const) {
        await db.put(sortedTable, { pk: 'counted', sk, value });
      }
      const atLeastTwo = { expression: '#v >= :v', names: { '#v': 'value' }, values: { ':v': 2 } };
      expect(await db.count(sortedTable, partition('counted'), atLeastTwo)).toBe(2);
    });

    test('an empty partition has no items', async () => {
      expect(await db.query(sortedTable, partition('nobody'))).toEqual([]);
      expect(await db.count(sortedTable, partition('nobody'))).toBe(0);
    });

    test('pages of a partition have every item once, in order, and the last one says that it is the last', async () => {
      const items = ['a', 'b', 'c', 'd', 'e'].map((sk) => ({ pk: 'paged', sk }));
      for (const item of items) await db.put(sortedTable, item);
      const first = await db.queryPage(sortedTable, partition('paged'), { limit: 2 });
      expect(first).toEqual({ items: items.slice(0, 2), next: { pk: 'paged', sk: 'b' } });
      const rest = await db.queryPage(sortedTable, partition('paged'), { limit: 9, after: first.next });
      expect(rest).toEqual({ items: items.slice(2), next: undefined });
    });

    test('a page has only the attributes that are asked for, and the next one begins after it all the same', async () => {
      const items = ['a', 'b', 'c'].map((sk) => ({ pk: 'projected', sk, name: `name of ${sk}`, size: 1 }));
      for (const item of items) await db.put(sortedTable, item);
      const attributes = ['sk', 'name', 'absent'];
      const first = await db.queryPage(sortedTable, partition('projected'), { limit: 2, attributes });
      const [a, b, c] = items.map(({ sk, name }) => ({ sk, name }));
      expect(first).toEqual({ items: [a, b], next: { pk: 'projected', sk: 'b' } });
      const rest = await db.queryPage(sortedTable, partition('projected'), { limit: 9, after: first.next, attributes });
      expect(rest).toEqual({ items: [c], next: undefined });
    });

    test('a page continues after an item that is deleted meanwhile', async () => {
      const items = ['a', 'b', 'c'].map((sk) => ({ pk: 'shrinking', sk }));
      for (const item of items) await db.put(sortedTable, item);
      const { next } = await db.queryPage(sortedTable, partition('shrinking'), { limit: 2 });
      for (const sk of ['a', 'b']) await db.delete(sortedTable, { pk: 'shrinking', sk });
      const { items: rest } = await db.queryPage(sortedTable, partition('shrinking'), { limit: 2, after: next });
      expect(rest).toEqual(items.slice(2));
    });

    test('a partition of several pages of 1 MB is read to its end', async () => {
      const items = Array.from({ length: 9 }, (_, sk) => ({ pk: 'large', sk: `${sk}`, text: 'x'.repeat(300_000) }));
      await Promise.all(items.map((item) => db.put(sortedTable, item)));
      expect(await db.query(sortedTable, partition('large'))).toEqual(items);
      expect(await db.count(sortedTable, partition('large'))).toBe(9);
    });
  });

  describe('batchGet', () => {
    const byPk = (items: readonly Item[]) => items.map(({ pk }) => String(pk)).sort();

    test.each([true, false])(
      'more keys than fit one request are all looked for (consistent: %s)',
      async (consistent) => {
        const present = Array.from({ length: 150 }, (_, index) => ({ pk: `present ${index}`, index }));
        await Promise.all(present.map((item) => db.put(table, item)));
        const absent = Array.from({ length: 101 }, (_, index) => ({ pk: `absent ${index}` }));
        const keys = [...absent, ...present].map(({ pk }) => ({ pk }));
        const found = await db.batchGet(table, keys, consistent);
        expect(byPk(found)).toEqual(byPk(present));
        expect(found).toEqual(expect.arrayContaining(present));
      },
    );

    test('more than the 16 MB of one answer are all read', async () => {
      const large = Array.from({ length: 45 }, (_, index) => ({ pk: `large ${index}`, text: 'x'.repeat(390_000) }));
      await Promise.all(large.map((item) => db.put(table, item)));
      const found = await db.batchGet(
        table,
        large.map(({ pk }) => ({ pk })),
      );
      expect(byPk(found)).toEqual(byPk(large));
    });

    test('only the attributes that are asked for are read', async () => {
      await db.put(table, { pk: 'some', size: 1, name: 'reserved', other: true });
      const found = await db.batchGet(table, [{ pk: 'some' }], true, ['pk', 'name']);
      expect(found).toEqual([{ pk: 'some', name: 'reserved' }]);
    });

    test('no keys, no items', async () => {
      expect(await db.batchGet(table, [])).toEqual([]);
    });
  });

  test('a listener gets what each call has consumed', async () => {
    const heard: [string, number][] = [];
    const options = { endpoint: await endpoint(), region: LOCAL_REGION };
    const listened = createDynamoDb({ ...options, onConsumed: (...call) => heard.push(call) });
    const key = someKey();
    await listened.put(table, { ...key, text: 'x'.repeat(1500) });
    await listened.update(table, key, { set: { text: '' } });
    await listened.get(table, key);
    await listened.get(table, key, false);
    await listened.batchGet(table, [key], false);
    await listened.delete(table, key);
    expect(heard).toEqual([
      ['PutItem', 2],
      ['UpdateItem', 2],
      ['GetItem', 1],
      ['GetItem', 0.5],
      ['BatchGetItem', 0.5],
      ['DeleteItem', 1],
    ]);
  });

  test.each<[string, (missing: string) => Promise<unknown>]>([
    ['get', (missing) => db.get(missing, { pk: 'a' })],
    ['put', (missing) => db.put(missing, { pk: 'a' })],
    ['update', (missing) => db.update(missing, { pk: 'a' }, { set: { b: 1 } })],
    ['delete', (missing) => db.delete(missing, { pk: 'a' })],
    ['deleteIf', (missing) => db.deleteIf(missing, { pk: 'a' }, { expression: 'attribute_exists(pk)' })],
    [
      'queryRange',
      (missing) =>
        db.queryRange(missing, { partition: { name: 'pk', value: 'a' }, sortKey: 'sk', between: ['a', 'b'] }),
    ],
    ['query', (missing) => db.query(missing, { name: 'pk', value: 'a' })],
    ['count', (missing) => db.count(missing, { name: 'pk', value: 'a' })],
    ['batchGet', (missing) => db.batchGet(missing, [{ pk: 'a' }])],
  ])('%s of a table that is not there is refused', async (_method, use) => {
    await expect(use('no-such-table')).rejects.toMatchObject({ name: 'DynamoDbError', fault: 'Refused' });
  });

  test('an update under a faulty condition is rejected, not taken for one whose condition fails', async () => {
    const update = { set: { a: 1 }, condition: { expression: 'nonsense' } };
    await expect(db.update(table, someKey(), update)).rejects.toMatchObject({ fault: 'Refused' });
  });
}
