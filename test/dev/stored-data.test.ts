import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTables, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { createCall } from '../../lib/dynamodb/call.ts';

const USERS = { users: 'shop-dev-users' };
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stored-data-'));
  // Twice: LevelDB writes what its log has into a table file when it opens.
  for (const _start of ['first', 'second']) {
    const { endpoint, stop } = await startEmbeddedDynamoDb({ folder });
    await createTables(endpoint, USERS);
    await stop();
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tablesOf = async (endpoint: string): Promise<unknown> =>
  (await createCall({ endpoint, region: 'us-east-1' })('ListTables', {})).TableNames;

/** LevelDB's files of data. It renames the others when it tries to open them. */
const tablesIn = (name: string): string[] => readdirSync(join(folder, name)).filter((file) => file.endsWith('.ldb'));

/** Damages the file whose name matches. */
function damage(pattern: RegExp, how: 'emptied' | 'filled with zeros' | 'removed'): void {
  const [name = ''] = readdirSync(join(folder, 'dynamodb')).filter((file) => pattern.test(file));
  const file = join(folder, 'dynamodb', name);
  if (how === 'removed') rmSync(file);
  else if (how === 'emptied') truncateSync(file);
  else writeFileSync(file, Buffer.alloc(readFileSync(file).length));
}

describe.each([/^CURRENT$/, /^MANIFEST/, /\.ldb$/])('a database whose file %s', (pattern) => {
  test.each(['emptied', 'filled with zeros', 'removed'] as const)('was %s', async (how) => {
    damage(pattern, how);
    const damaged = tablesIn('dynamodb');
    await expect(startEmbeddedDynamoDb({ folder })).rejects.toMatchObject({
      name: 'DataDamaged',
      message: expect.stringMatching(
        /^The database in \S+ cannot be read: .+\.\nStart with an empty one: npm run dev -- --fresh --data \S+\nThe unreadable/,
      ),
    });
    expect(tablesIn('dynamodb')).toEqual(damaged);

    const { endpoint, stop } = await startEmbeddedDynamoDb({ folder, fresh: true });
    expect(await tablesOf(endpoint)).toEqual([]);
    await stop();
    const [kept = ''] = readdirSync(folder).filter((name) => name.startsWith('dynamodb.damaged-'));
    expect(tablesIn(kept)).toEqual(damaged);
  });
});

test('a database that is whole keeps its data, and --fresh deletes it', async () => {
  const kept = await startEmbeddedDynamoDb({ folder });
  expect(await tablesOf(kept.endpoint)).toEqual([USERS.users]);
  await kept.stop();
  const fresh = await startEmbeddedDynamoDb({ folder, fresh: true });
  expect(await tablesOf(fresh.endpoint)).toEqual([]);
  await fresh.stop();
  expect(readdirSync(folder)).toEqual(['dynamodb']);
});

test('a start that was killed before it wrote anything leaves no damage', async () => {
  rmSync(join(folder, 'dynamodb'), { recursive: true });
  mkdirSync(join(folder, 'dynamodb'));
  writeFileSync(join(folder, 'dynamodb/LOCK'), '');
  const { endpoint, stop } = await startEmbeddedDynamoDb({ folder });
  expect(await tablesOf(endpoint)).toEqual([]);
  await stop();
});

test.each([
  ['that exists', () => chmodSync(join(folder, 'dynamodb'), 0o755), false],
  ['that is new', () => rmSync(join(folder, 'dynamodb'), { recursive: true }), false],
  ['after --fresh', () => chmodSync(join(folder, 'dynamodb'), 0o755), true],
])('other users of the machine cannot read the files of a database %s', async (_which, prepare, fresh) => {
  prepare();
  const { stop } = await startEmbeddedDynamoDb({ folder, fresh });
  const { mode } = statSync(join(folder, 'dynamodb'));
  await stop();
  expect(mode & 0o077).toBe(0);
});
