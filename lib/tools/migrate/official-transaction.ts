import type pg from 'pg';

/** Is awaited right before the first write that shows. The ticket is the transaction's id. */
export type Announce = (ticket: string | undefined) => Promise<void>;

/** `REPEATABLE READ`: a write fails if the row has changed since the transaction began. */
type Isolation = 'READ COMMITTED' | 'REPEATABLE READ';

/** The ticket of what is announced is the transaction's id, by which PostgreSQL says later whether it was committed. */
export const inTransaction = <T>(
  client: pg.Client,
  announce: Announce | undefined,
  work: () => Promise<T>,
  isolation: Isolation = 'READ COMMITTED',
): Promise<T> =>
  transact(client, `ISOLATION LEVEL ${isolation}`, async () => {
    const { rows } = await client.query<{ ticket: string }>('SELECT txid_current() AS ticket');
    await announce?.(rows[0]?.ticket);
    return work();
  });

/** Several statements see the data of one moment. */
export const inSnapshot = <T>(client: pg.Client, work: () => Promise<T>): Promise<T> =>
  transact(client, 'ISOLATION LEVEL REPEATABLE READ, READ ONLY', work);

/** A connection has one transaction at a time. */
const last = new WeakMap<pg.Client, Promise<unknown>>();

function transact<T>(client: pg.Client, characteristics: string, work: () => Promise<T>): Promise<T> {
  const before = last.get(client) ?? Promise.resolve();
  const result = before.then(() => runTransaction(client, characteristics, work));
  last.set(
    client,
    result.catch(() => undefined),
  );
  return result;
}

/** Rows are looked up by keys. By default, PostgreSQL would rather read a table of some 100,000 rows as a whole for each page. */
const BY_KEYS = 'SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1';

async function runTransaction<T>(client: pg.Client, characteristics: string, work: () => Promise<T>): Promise<T> {
  await client.query(`BEGIN ${characteristics}; ${BY_KEYS}`);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/**
 * Those of the tickets whose transactions were committed. A transaction that PostgreSQL no longer knows, hundreds of millions of
 * transactions later, counts as committed, so that nothing that was deleted comes back. One from the future is of another server,
 * whose data was restored into this one.
 */
export async function committedOf(
  client: pg.Client,
  tickets: readonly (string | undefined)[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ ticket: string }>(
    `SELECT ticket FROM unnest($1::bigint[]) AS ticket
     WHERE CASE WHEN ticket < txid_snapshot_xmax(txid_current_snapshot())
                THEN coalesce(txid_status(ticket), 'committed') = 'committed' ELSE false END`,
    [[...new Set(tickets.filter((ticket) => ticket !== undefined))]],
  );
  return new Set(rows.map(({ ticket }) => ticket));
}

/** PostgreSQL's codes for a transaction that lost against another one. Repeating it can succeed. */
const LOST = {
  serializationFailure: '40001',
  deadlock: '40P01',
  /** Another transaction has inserted such a row. */
  uniqueViolation: '23505',
  /** Another transaction has deleted what a row refers to. */
  foreignKeyViolation: '23503',
};

/** Whether the transaction failed because another one was faster. */
export const isLost = (error: unknown): boolean =>
  (Object.values(LOST) as unknown[]).includes((error as { code?: unknown } | null)?.code);
