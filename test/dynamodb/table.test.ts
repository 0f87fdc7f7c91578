import type { Table } from '../../lib/dynamodb/table.ts';
import { startTestDatabase, type TestDatabase } from '../fixtures/core.ts';
import { startFunction } from '../fixtures/lambda.ts';

let database: TestDatabase;
let notes: Table;

const load = async (environment: Readonly<Record<string, string>>): Promise<Table> => {
  const { table } = await startFunction(environment, () => import('../../lib/dynamodb/table.ts'));
  return startFunction(environment, async () => table('NOTES_TABLE'));
};

beforeAll(async () => {
  database = await startTestDatabase();
  notes = await load({ DYNAMODB_ENDPOINT: database.endpoint, NOTES_TABLE: database.tables.sessions });
});
afterAll(() => database.stop());

test('a table is the one that the environment variable names', async () => {
  const key = { pk: 'ada', sk: '1' };
  expect(await notes.put({ ...key, text: 'first' })).toBe(true);
  expect(await database.db.get(database.tables.sessions, key)).toEqual({ ...key, text: 'first' });
  expect(await notes.put(key, { expression: 'attribute_not_exists(pk)' })).toBe(false);
  expect(await notes.update(key, { set: { text: 'second' } })).toEqual({ ...key, text: 'second' });
  expect(await notes.query({ name: 'pk', value: 'ada' })).toEqual([{ ...key, text: 'second' }]);
  expect(await notes.count({ name: 'pk', value: 'ada' })).toBe(1);
  expect(await notes.delete(key)).toEqual({ ...key, text: 'second' });
  expect(await notes.get(key)).toBeUndefined();
});

test('without the variable it throws, naming the variable and the fix', async () => {
  const environment = { DYNAMODB_ENDPOINT: database.endpoint, NOTES_TABLE: '' };
  await expect(load(environment)).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringContaining("NOTES_TABLE is missing. Add it to the function's environment in serverless.yml"),
  });
});
