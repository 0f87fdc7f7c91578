import { createDynamoDb } from '../../../../lib/dynamodb/client.ts';
import type { Agreement } from '../../../../lib/tools/migrate/records/agreement.ts';
import { createAgreements } from '../../../../lib/tools/migrate/records/agreements.ts';
import { createBulk } from '../../../../lib/tools/operator/bulk.ts';
import { startTestDatabase, type TestDatabase } from '../../../fixtures/core.ts';

let database: TestDatabase;
let operations: string[];

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  operations = [];
});

let installations = 0;

/** The agreements of a kind, by default with an installation that no other test has. */
function agreementsOf(kind = 'user', installation = `installation ${++installations}`) {
  const { endpoint, tables } = database;
  const options = { endpoint, region: 'us-east-1', onConsumed: (operation: string) => void operations.push(operation) };
  const place = { db: createDynamoDb(options), bulk: createBulk(options), table: tables.coreUsers };
  return createAgreements({ ...place, installation, kind });
}

const agreementOn = (key: string): Agreement => ({ key, marks: { login: key }, announced: undefined });

async function all(agreements: ReturnType<typeof createAgreements>): Promise<Agreement[]> {
  const found: Agreement[] = [];
  for await (const page of agreements.pages()) found.push(...page);
  return found.toSorted((one, other) => (one.key < other.key ? -1 : 1));
}

// More than one page of each partition.
test('every agreement is listed once, however many there are', async () => {
  const agreements = agreementsOf();
  const noted = Array.from({ length: 2500 }, (_, n) => agreementOn(`user-${String(n).padStart(4, '0')}`));
  await agreements.write(noted);
  expect(await all(agreements)).toEqual(noted);
});

test('only the agreements of one kind and installation are listed', async () => {
  const installation = 'one installation';
  const [users, roles] = [agreementsOf('user', installation), agreementsOf('role', installation)];
  await users.write([agreementOn('ann')]);
  await roles.write([agreementOn('admin')]);
  await agreementsOf('user', 'another installation').write([agreementOn('bob')]);
  expect(await all(users)).toEqual([agreementOn('ann')]);
  expect(await all(roles)).toEqual([agreementOn('admin')]);
});

// The table of users also has all that the core keeps of them.
test('listing agreements reads nothing else of the table', async () => {
  const agreements = agreementsOf();
  await agreements.write([agreementOn('ann')]);
  await database.db.put(database.tables.coreUsers, { pk: 'user#ann', sk: 'user' });
  operations = [];
  await all(agreements);
  expect(operations).not.toContain('Scan');
});

test('keys that begin alike, and keys too long for a sort key, have agreements of their own', async () => {
  const agreements = agreementsOf();
  const keys = ['a', 'a#b', 'a b', 'x'.repeat(1500)];
  await agreements.write(keys.map(agreementOn));
  expect([...(await agreements.read(keys)).values()].map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
  await agreements.forget(['a']);
  expect((await all(agreements)).map(({ key }) => key)).toEqual(keys.filter((key) => key !== 'a').toSorted());
});
