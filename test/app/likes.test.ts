import { randomUUID } from 'node:crypto';
import { createLikes, type Likes } from '../../lib/app/likes.ts';
import { createDefinedTables } from '../../lib/dev/dynamodb.ts';
import type { Item } from '../../lib/dynamodb/client.ts';
import { tableOf } from '../../lib/dynamodb/dynamodb-table.ts';
import type { Table } from '../../lib/dynamodb/table.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';

const LIKES_TABLE = 'likes';

let database: TestDatabase;
let table: Table;
let likes: Likes;
let comment: string;

beforeAll(async () => {
  database = await startTestDatabase();
  const keys = ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
  const KeySchema = [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ];
  await createDefinedTables(database.endpoint, [{ TableName: LIKES_TABLE, AttributeDefinitions: keys, KeySchema }]);
  table = tableOf(database.db, LIKES_TABLE);
  likes = createLikes(table);
});
afterAll(() => database.stop());
beforeEach(() => {
  comment = randomUUID();
});

const user = (name: number | string): string => `user-${name}`;
const stored = (id: string): Promise<Item[]> => database.db.query(LIKES_TABLE, { name: 'pk', value: `comment#${id}` });

test('the first like of a comment makes one', async () => {
  expect(await likes.like(user(1), comment)).toEqual({ status: 'OK', likes: 1 });
});

test('likes of several users add up', async () => {
  await likes.like(user(1), comment);
  await likes.like(user(2), comment);
  expect(await likes.like(user(3), comment)).toEqual({ status: 'OK', likes: 3 });
});

test('a user likes a comment once, however often', async () => {
  await likes.like(user(1), comment);
  expect(await likes.like(user(1), comment)).toEqual({ status: 'OK', likes: 1 });
  expect(await stored(comment)).toHaveLength(1);
});

test('likes of other comments do not count', async () => {
  await likes.like(user(1), comment);
  expect(await likes.like(user(1), `${comment}0`)).toEqual({ status: 'OK', likes: 1 });
});

test('20 users at once are 20 likes, and each answer counts its own', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => likes.like(user(n), comment)));
  const counts = answers.map((answer) => (answer.status === 'OK' ? answer.likes : 0));
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...counts)).toBe(20);
  expect(await stored(comment)).toHaveLength(20);
});

test('one user 20 times at once is one like', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => likes.like(user(1), comment)));
  expect(answers).toEqual(Array(20).fill({ status: 'OK', likes: 1 }));
});

test('a crash after the write is made good by the next like, even of the same user', async () => {
  const crashing = createLikes({ ...table, count: () => Promise.reject(new Error('crash')) });
  await expect(crashing.like(user(1), comment)).rejects.toThrow('crash');
  expect(await likes.like(user(1), comment)).toEqual({ status: 'OK', likes: 1 });
  expect(await likes.like(user(2), comment)).toEqual({ status: 'OK', likes: 2 });
});

test('a write whose answer was lost, and which was sent again, is one like', async () => {
  const twice = createLikes({ ...table, put: async (...put) => (await table.put(...put)) && table.put(...put) });
  expect(await twice.like(user(1), comment)).toEqual({ status: 'OK', likes: 1 });
});

test('a like takes two calls', async () => {
  const start = database.consumed.length;
  await likes.like(user(1), comment);
  expect(database.consumed.slice(start).map(({ operation }) => operation)).toEqual(['PutItem', 'Query']);
});

test('more likes than one page of a query holds (1 MB) are counted', async () => {
  const { db } = database;
  // Few items fill a page if they are large.
  const items = Array.from({ length: 60 }, (_, n) => ({
    pk: `comment#${comment}`,
    sk: `large-${n}`,
    filler: 'x'.repeat(20_000),
  }));
  await Promise.all(items.map((item) => db.put(LIKES_TABLE, item)));
  const start = database.consumed.length;
  expect(await likes.like(user(1), comment)).toEqual({ status: 'OK', likes: 61 });
  expect(database.consumed.slice(start).map(({ operation }) => operation)).toEqual(['PutItem', 'Query', 'Query']);
});

describe('a comment id', () => {
  test.each([
    ['of one character', '7'],
    ['of 200 characters', 'x'.repeat(200)],
    ['of 200 characters outside the BMP', '🐎'.repeat(200)],
    ['of several lines', 'a\nb'],
  ])('%s is accepted', async (_name, id) => {
    expect(await likes.like(user(randomUUID()), id)).toMatchObject({ status: 'OK' });
  });

  test.each([
    ['that is empty', ''],
    ['of 201 characters', 'x'.repeat(201)],
    ['with half a surrogate pair', 'a\ud800'],
    ['that is a number', 7],
    ['that is a list', ['7']],
    ['that is missing', undefined],
    ['that is null', null],
  ])('%s is refused, and nothing is stored', async (_name, id) => {
    const start = database.consumed.length;
    expect(await likes.like(user(1), id)).toEqual({
      status: 'FIELD_ERROR',
      field: 'commentId',
      message: 'A comment id is a text of 1 to 200 characters.',
    });
    expect(database.consumed).toHaveLength(start);
  });
});
