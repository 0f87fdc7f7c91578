import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { SessionRow } from '../../lib/core/session/rules/row.ts';
import { createDynamoDbStore } from '../../lib/core/store/dynamodb/index.ts';
import { createDynamoDbUserStores } from '../../lib/core/store/dynamodb/user-stores.ts';
import type { Email, Millis, PasswordHash, UserId } from '../../lib/core/types.ts';
import { createTables, LOCAL_REGION, startEmbeddedDynamoDb } from '../../lib/dev/dynamodb.ts';
import { type TableNames, tableNames } from '../../lib/dev/tables.ts';
import { createDynamoDb, type DynamoDb, type Item } from '../../lib/dynamodb/client.ts';
import { DAY, someRow } from '../fixtures/session-row.ts';
import { serveParent } from './child-process.ts';

/** The parts of dynalite's inside that a million sessions are stored through. */
interface DynaliteStore {
  getItemDb(table: string): { batch(operations: readonly object[], callback: (error?: Error | null) => void): void };
  getTable(table: string, callback: (error: Error | null, table: object) => void): void;
}
interface DynaliteDb {
  create(options: object): DynaliteStore;
  createKey(item: object, table: object): string;
}

/** As many sessions as are stored at once. */
const BATCH = 2000;

const dynaliteDb = createRequire(import.meta.url)('dynalite/db/index.js') as DynaliteDb;
let opened: DynaliteStore | undefined;
const { create } = dynaliteDb;
// Over HTTP dynalite takes about a thousand sessions a second, which is most of a run; its own store takes many more.
dynaliteDb.create = (options) => {
  opened = create(options);
  return opened;
};

const tables = tableNames('bench', 'local');

const tasks = {
  async start(options: { folder?: string }): Promise<{ endpoint: string; tables: TableNames }> {
    const { endpoint } = await startEmbeddedDynamoDb(options);
    await createTables(endpoint, tables);
    return { endpoint, tables };
  },
  /** Stores sessions, each of a user of its own unless one is named. */
  async seed({ count, userId }: { count: number; userId?: string }): Promise<void> {
    for (let left = count; left > 0; left -= BATCH) {
      const rows = Array.from({ length: Math.min(left, BATCH) }, () => liveRow(userId as UserId | undefined));
      await storeItems(tables.sessions, await itemsOf(rows));
    }
  },
  /** Stores the users of those numbers. */
  async seedUsers({ users, passwordHash }: { users: readonly SeededUser[]; passwordHash: string }): Promise<void> {
    for (let start = 0; start < users.length; start += BATCH) {
      const items: Item[] = [];
      const stores = createDynamoDbUserStores(collectingIn(items), tables.coreUsers);
      for (const user of users.slice(start, start + BATCH)) {
        await stores.users.create({
          ...user,
          id: randomUUID() as UserId,
          recipe: 'emailpassword',
          email: user.email as Email,
          passwordHash: passwordHash as PasswordHash,
          isVerified: false,
          claim: randomUUID(),
        });
      }
      await storeItems(tables.coreUsers, items);
    }
  },
};

/** A user who is stored, with what a client has to know. */
export interface SeededUser {
  readonly email: string;
  readonly timeJoined: Millis;
}

export type DatabaseTasks = typeof tasks;

const liveRow = (userId: UserId | undefined): SessionRow => {
  const now = Date.now();
  const times = { createdAt: now, expiry: now + 100 * DAY, listedUntil: now + 110 * DAY };
  return someRow({ ...times, ...(userId !== undefined && { userId }) });
};

/** The very items that the store puts. */
async function itemsOf(rows: readonly SessionRow[]): Promise<Item[]> {
  const items: Item[] = [];
  const { sessions } = createDynamoDbStore(collectingIn(items), tables);
  for (const row of rows) await sessions.create(row);
  return items;
}

/** A DynamoDB that collects what is put there, and has nothing. */
const collectingIn = (items: Item[]): DynamoDb => ({
  ...createDynamoDb({ region: LOCAL_REGION }),
  get: async () => undefined,
  async put(_table: string, item: Item) {
    items.push(item);
    return true;
  },
});

async function storeItems(name: string, items: readonly Item[]): Promise<void> {
  const store = opened;
  if (store === undefined) throw new Error('dynalite has not made its store as expected');
  const table = await new Promise<object>((resolve, reject) => {
    store.getTable(name, (error, found) => (error ? reject(error) : resolve(found)));
  });
  const operations = items.map(attributesOf).map((value) => ({
    type: 'put',
    key: dynaliteDb.createKey(value, table),
    value,
  }));
  await new Promise<void>((resolve, reject) => {
    store.getItemDb(name).batch(operations, (error) => (error ? reject(error) : resolve()));
  });
}

const attributesOf = (item: Item): object =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attributeOf(value)]));

function attributeOf(value: Item[string]): object {
  if (typeof value === 'string') return { S: value };
  return typeof value === 'number' ? { N: String(value) } : { BOOL: value };
}

serveParent(tasks);
