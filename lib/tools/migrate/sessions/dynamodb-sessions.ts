import { MAX_CLAIMS_BYTES } from '../../../config/service-config.ts';
import { concurrently } from '../../../core/concurrently.ts';
import { countedClaimBytes } from '../../../core/session/operations/claim-limit.ts';
import { listedUntil } from '../../../core/session/rules/listing.ts';
import type { SessionRow } from '../../../core/session/rules/row.ts';
import { contentBytes, fromItem, MAX_CONTENT_BYTES, toItem } from '../../../core/session/store/dynamodb/row-item.ts';
import {
  listingItem,
  listingKey,
  ROW_PREFIX,
  ROW_SORT_KEY,
  rowKey,
} from '../../../core/session/store/dynamodb/session-keys.ts';
import type { Store } from '../../../core/store/store.ts';
import type { Clock, Millis, SessionHandle } from '../../../core/types.ts';
import type { Condition, DynamoDb, Item } from '../../../dynamodb/client.ts';
import { IF_NEW, IF_THERE } from '../../../dynamodb/conditions.ts';
import type { Bulk } from '../../operator/bulk.ts';
import type { Session } from './session.ts';
import type { Announce, Change, MissingSession, SessionDatabase } from './session-database.ts';

export interface OurTables {
  readonly db: DynamoDb;
  readonly bulk: Bulk;
  readonly sessions: Store['sessions'];
  /** The name of the sessions' table. */
  readonly table: string;
  readonly clock: Clock;
  /** How long a refresh token is valid, ms. */
  readonly refreshTokenValidity: Millis;
}

/** What an item says of the version of its session: every write of the core changes one of these. */
export type ItemVersion = Item;

/** Conditional writes cannot be batched; so many are under way at once. */
const WRITES_AT_ONCE = 32;

/** The sessions of our tables. */
export function createDynamoDbSessions(tables: OurTables): SessionDatabase<ItemVersion> {
  const { db, bulk, sessions, table, clock } = tables;
  return {
    side: 'stage',
    async *pages() {
      for await (const items of bulk.scan(table, ROW_SORT_KEY)) {
        yield { sessions: items.map(sessionIn), refused: [] };
      }
    },
    count: async () => undefined,
    async read(handles) {
      const items = await db.batchGet(table, handles.map(rowKey));
      return new Map(items.map((item) => [handleOf(item), { session: sessionIn(item), version: item }]));
    },
    refusalOf({ payload, data }) {
      const bytes = contentBytes(payload) + contentBytes(data);
      return bytes > MAX_CONTENT_BYTES ? `too large: payload and data have ${bytes} bytes of JSON` : undefined;
    },
    noteOn({ payload }) {
      const bytes = countedClaimBytes(payload);
      if (bytes <= MAX_CLAIMS_BYTES) return undefined;
      return (
        `its claims have ${bytes} bytes of JSON, more than the ${MAX_CLAIMS_BYTES} that handlers may set. ` +
        'The session works, but its claims cannot grow.'
      );
    },
    write: (changes, announce) => write(tables, changes, announce),
    revokedOf: (missing) => revokedOf(tables, missing),
    remove: (handles) =>
      concurrently(WRITES_AT_ONCE, handles, async (handle) => {
        await sessions.delete(handle, clock());
      }),
  };
}

/**
 * The index items come first, as when the core creates a session. They also come before the announcement: see
 * {@link revokedOf}. No other process writes the index item of a new session.
 * @returns the sessions that have changed since they were read
 */
async function write(
  tables: OurTables,
  changes: readonly Change<ItemVersion>[],
  announce: Announce | undefined,
): Promise<Set<SessionHandle>> {
  const { db, bulk, table } = tables;
  const lost = new Set<SessionHandle>();
  const created = changes.filter(({ replaces }) => replaces === undefined);
  await bulk.write(
    table,
    created.map((change) => listingItem(change.session, listedUntilOf(change, tables))),
  );
  await announce?.(undefined);
  await concurrently(WRITES_AT_ONCE, changes, async (change) => {
    const row = { ...change.session, retired: [], listedUntil: listedUntilOf(change, tables) };
    if (change.replaces !== undefined) await relist(tables, row, change.replaces);
    const item = { ...rowKey(row.handle), ...toItem(row) };
    if (!(await db.put(table, item, ifUnchanged(change.replaces)))) lost.add(row.handle);
  });
  return lost;
}

/**
 * The announcement was written after the index item. If the index item is gone, the core has deleted it since, which it
 * does after it has deleted the session.
 */
async function revokedOf({ db, table }: OurTables, missing: readonly MissingSession[]): Promise<Set<SessionHandle>> {
  const items = await db.batchGet(
    table,
    missing.map(({ session: { userId, handle } }) => listingKey(userId, handle)),
  );
  const listed = new Set(items.map(({ sk }) => sk as SessionHandle));
  return new Set(missing.map(({ session }) => session.handle).filter((handle) => !listed.has(handle)));
}

const handleOf = (item: Item) => String(item.pk).slice(ROW_PREFIX.length) as SessionHandle;

function sessionIn(item: Item): Session {
  const { retired: _retired, listedUntil: _listedUntil, ...session } = fromItem(handleOf(item), item);
  return session;
}

/** Never shorter than what is there already. */
function listedUntilOf({ session, replaces }: Change<ItemVersion>, { refreshTokenValidity }: OurTables): Millis {
  const fresh = listedUntil(session.expiry - refreshTokenValidity, refreshTokenValidity);
  return Math.max(fresh, Number(replaces?.listedUntil ?? 0));
}

/** The index item of a session that is replaced. */
async function relist({ db, table }: OurTables, row: SessionRow, { recipeUserId }: ItemVersion): Promise<void> {
  await db.put(table, listingItem(row, row.listedUntil), ifShorter(row.listedUntil));
  // Earlier versions of this command did not move the login method.
  if (row.recipeUserId === undefined || recipeUserId !== undefined) return;
  const update = { set: { recipeUserId: row.recipeUserId }, condition: IF_THERE };
  await db.update(table, listingKey(row.userId, row.handle), update);
}

/** A refresh may just be extending it. */
const ifShorter = (until: Millis): Condition => ({
  expression: 'attribute_not_exists(pk) OR #until < :until',
  names: { '#until': 'listedUntil' },
  values: { ':until': until },
});

const WATCHED = ['current', 'expiry', 'listedUntil', 'payload', 'data', 'staticKey'] as const;

/** The core writes without telling us: what has changed since it was read must not be replaced, nor come back. */
function ifUnchanged(version: ItemVersion | undefined): Condition {
  if (version === undefined) return IF_NEW;
  const clauses = WATCHED.map((name) =>
    version[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`,
  );
  const values = WATCHED.flatMap((name) => {
    const value = version[name];
    return value === undefined ? [] : [[`:${name}`, value] as const];
  });
  return {
    expression: clauses.join(' AND '),
    names: Object.fromEntries(WATCHED.map((name) => [`#${name}`, name])),
    values: Object.fromEntries(values),
  };
}
