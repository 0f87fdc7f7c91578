import { randomUUID } from 'node:crypto';
import { startTestDatabase, type TestCore, type TestDatabase } from '../../fixtures/core.ts';
import { makeUserCore } from '../../fixtures/user-core.ts';

let database: TestDatabase;
let cores: [TestCore, TestCore];

beforeAll(async () => {
  database = await startTestDatabase();
  cores = [makeUserCore(database), makeUserCore(database)];
});
afterAll(() => database.stop());

const PATH = '/recipe/user/metadata';
const update = (userId: string, metadataUpdate: object, core = cores[0]) =>
  core.ask(PATH, { userId, metadataUpdate }, { method: 'PUT' });
const read = async (userId: string) => (await cores[0].ask(`${PATH}?userId=${userId}`)).json.metadata;

test('of the updates of 20 writers at once none is lost', async () => {
  const userId = randomUUID();
  const updates = Array.from({ length: 20 }, (_, n) =>
    update(userId, { [`member ${n}`]: n }, cores[n % 2 === 0 ? 0 : 1]),
  );
  for (const { json } of await Promise.all(updates)) expect(json.status).toBe('OK');
  expect(await read(userId)).toEqual(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`member ${n}`, n])));
});

test('__proto__ is a member like any other', async () => {
  const userId = randomUUID();
  const metadataUpdate = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":1}') as object;
  await update(userId, metadataUpdate);
  const stored = (await read(userId)) as object;
  expect(JSON.stringify(stored)).toBe('{"__proto__":{"isAdmin":true},"constructor":1}');
  expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  await update(userId, JSON.parse('{"__proto__":null}') as object);
  expect(JSON.stringify(await read(userId))).toBe('{"constructor":1}');
});

test('more than 256 KB are rejected, and nothing is stored', async () => {
  const userId = randomUUID();
  await update(userId, { a: 'x'.repeat(200_000) });
  const { status, text } = await update(userId, { b: 'x'.repeat(100_000) });
  expect([status, text]).toEqual([400, 'The metadata of a user must not have more than 262144 bytes of JSON\n']);
  expect(Object.keys((await read(userId)) as object)).toEqual(['a']);
  expect((await update(userId, { a: 'x', b: 'x'.repeat(200_000) })).status).toBe(200);
});
