import { both, IF_NEW, ifAbsent, ifEqual, ifPresent } from '../../lib/dynamodb/conditions.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const key = { pk: 'thing', sk: 'thing' };
const put = (item: object, condition = IF_NEW) =>
  database.db.put(database.tables.users, { ...key, ...item }, condition);

test('an item is replaced where both conditions hold, and not where one of them fails', async () => {
  expect(await put({ name: 'one', version: 1 })).toBe(true);
  expect(await put({ name: 'two', version: 2 })).toBe(false);
  expect(await put({ version: 2 }, both(ifEqual('name', 'one'), ifEqual('version', 2)))).toBe(false);
  expect(await put({ version: 2 }, both(ifEqual('name', 'one'), ifEqual('version', 1)))).toBe(true);
});

// DynamoDB refuses a map of values that is empty.
test('two conditions without a value hold together', async () => {
  expect(await put({ owner: 'ann' }, both(ifPresent('owner'), ifAbsent('name')))).toBe(false);
  expect(await put({ owner: 'ann' }, both(ifPresent('version'), ifAbsent('name')))).toBe(true);
});

test('three conditions are joined without parentheses, which take the embedded DynamoDB milliseconds', () => {
  const { expression } = both(both(IF_NEW, ifAbsent('name')), ifPresent('owner'));
  expect(expression).toBe(
    'attribute_not_exists(pk) AND attribute_not_exists(#if_name) AND attribute_exists(#if_owner)',
  );
});

test('both conditions hold if one of them is an alternative', async () => {
  const alternative = { expression: 'attribute_exists(colour) OR attribute_exists(version)' };
  await database.db.put(database.tables.users, { ...key, version: 3, colour: 'red' });
  expect(await put({ version: 4 }, both(alternative, ifEqual('version', 2)))).toBe(false);
  expect(await put({ version: 4 }, both(ifEqual('version', 2), alternative))).toBe(false);
  expect(await put({ version: 4 }, both(alternative, ifEqual('version', 3)))).toBe(true);
});
