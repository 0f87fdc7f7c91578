import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDb, Item, Key } from './client.ts';

/**
 * An answer is given so often at most. A loop that waits for another request by reading alone then sees its write.
 */
const MOST_USES = 8;

interface Read {
  readonly answer: Promise<unknown>;
  uses: number;
}

type Reads = Map<string, Read>;

interface RunningRequest {
  /** What has been read since the last write. */
  readonly reads: Reads;
  readonly underWay: Promise<void>[];
}

const running = new AsyncLocalStorage<RunningRequest>();

const readsOfRequest = (): Reads | undefined => running.getStore()?.reads;

/**
 * Runs a request whose strongly consistent reads are shared: of equal reads between two of its writes, the first one's
 * answer serves all. So a request never reads what it had read before its own write. Resolves once everything has ended
 * that {@link besideRequest} has begun.
 */
export async function withSharedReads<T>(work: () => Promise<T>): Promise<T> {
  const request: RunningRequest = { reads: new Map(), underWay: [] };
  try {
    return await running.run(request, work);
  } finally {
    // Lambda stops a function that has answered.
    await Promise.all(request.underWay);
  }
}

/** Lets a request continue while `work` is done, which then must not fail it. Outside of a request, this waits for `work`. */
export async function besideRequest(work: () => Promise<void>): Promise<void> {
  const request = running.getStore();
  if (request === undefined) return work();
  request.underWay.push(work().catch(() => undefined));
}

/** DynamoDB, as it is outside of {@link withSharedReads}. Inside, reads are shared. */
export const sharingReads = (db: DynamoDb): DynamoDb => ({
  ...db,
  get: (table, key, consistent = true) =>
    consistent ? shared(itemName(table, key), () => db.get(table, key)) : db.get(table, key, false),
  batchGet: (table, keys, consistent = true, attributes = []) =>
    consistent && attributes.length === 0
      ? getSharing(db, table, keys)
      : db.batchGet(table, keys, consistent, attributes),
  query: (table, ...query) => shared(nameOf('query', table, query), () => db.query(table, ...query)),
  queryRange: (table, range) => shared(nameOf('queryRange', table, range), () => db.queryRange(table, range)),
  put: (...args) => writing(() => db.put(...args)),
  update: (...args) => writing(() => db.update(...args)),
  delete: (...args) => writing(() => db.delete(...args)),
  deleteIf: (...args) => writing(() => db.deleteIf(...args)),
});

const nameOf = (...parts: readonly unknown[]): string => JSON.stringify(parts);
const itemName = (table: string, { pk, sk }: Key): string => nameOf('item', table, pk, sk);

function shared<T>(name: string, read: () => Promise<T>): Promise<T> {
  const reads = readsOfRequest();
  if (reads === undefined) return read();
  return (usedOnceMore(reads, name) as Promise<T> | undefined) ?? keep(reads, name, read());
}

function usedOnceMore(reads: Reads, name: string): Promise<unknown> | undefined {
  const known = reads.get(name);
  if (known === undefined || known.uses >= MOST_USES) return undefined;
  known.uses++;
  return known.answer;
}

/** A read that fails is made again by the next that wants it. */
function keep<T>(reads: Reads, name: string, answer: Promise<T>): Promise<T> {
  const read = { answer, uses: 1 };
  reads.set(name, read);
  answer.catch(() => reads.get(name) === read && reads.delete(name));
  return answer;
}

/** Reads by one call what is not known yet. Each item is shared with {@link DynamoDb.get}. */
async function getSharing(db: DynamoDb, table: string, keys: readonly Key[]): Promise<Item[]> {
  const reads = readsOfRequest();
  if (reads === undefined) return db.batchGet(table, keys);
  const known = keys.map((key) => usedOnceMore(reads, itemName(table, key)) as Promise<Item | undefined> | undefined);
  const unknown = keys.filter((_key, index) => known[index] === undefined);
  const reading = unknown.length === 0 ? Promise.resolve([]) : db.batchGet(table, unknown);
  for (const key of unknown) {
    const name = itemName(table, key);
    keep(
      reads,
      name,
      reading.then((items) => items.find((item) => itemName(table, item as Key) === name)),
    );
  }
  const items = [...(await Promise.all(known)), ...(await reading)];
  return items.filter((item) => item !== undefined);
}

/** What is read while the write is under way may be from before it. */
async function writing<T>(write: () => Promise<T>): Promise<T> {
  const reads = readsOfRequest();
  reads?.clear();
  try {
    return await write();
  } finally {
    reads?.clear();
  }
}
