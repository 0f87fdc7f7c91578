import type pg from 'pg';
import { inSnapshot } from '../official-transaction.ts';
import { isRefused, type RecordPage, type RefusedRecord } from '../records/record-database.ts';
import { type LeftBehind, leftBehindOf } from './left-behind.ts';
import type { ReadUsers } from './official-user-reading.ts';
import type { OfficialUserSchema, UserTable } from './official-user-schema.ts';
import type { MovedUser } from './user.ts';

/** A page ends at this number of ids, or of bytes of metadata. */
const PAGE_SIZE = 500;
const PAGE_BYTES = 4_000_000;
/** Most ids with data are users' of the core, and are passed over. */
const ID_BATCH = 5_000;

/** Where a reading is: in which of the lists, and after which entry of it. */
type Position = readonly [list: number, ...after: string[]];

/** Part of a list, and where it ends; `undefined` at the end of the list. */
interface Piece {
  readonly ids: readonly string[];
  readonly refused: readonly RefusedRecord[];
  readonly end: readonly string[];
}
type List = (after: readonly string[]) => Promise<Piece | undefined>;

/**
 * Users of the core first, then ids that it did not give, then what cannot be moved. Each page is read by the ids that follow, so that other
 * statements can use the connection between two pages.
 */
export async function* userPages(
  client: pg.Client,
  schema: OfficialUserSchema,
  read: ReadUsers,
  after: string | undefined,
): AsyncGenerator<RecordPage<MovedUser>> {
  const lists = [
    coreIds(client, schema),
    foreignIds(client, schema),
    ...leftBehindOf(schema).map(leftBehindList(client)),
  ];
  let [list, ...end] = after === undefined ? ([0] as Position) : (JSON.parse(after) as Position);
  for (; list < lists.length; list += 1, end = []) {
    for (;;) {
      const page = await inSnapshot(client, async () => {
        const piece = await lists[list]?.(end);
        return piece && { end: piece.end, ...(await pageOf(piece, read)) };
      });
      if (page === undefined) break;
      end = [...page.end];
      const { records, refused } = page;
      if (records.length + refused.length > 0) yield { records, refused, position: JSON.stringify([list, ...end]) };
    }
  }
}

async function pageOf({ ids, refused }: Piece, read: ReadUsers) {
  const found = [...(await read(ids)).values()].map(({ record }) => record);
  return {
    records: found.filter((record) => !isRefused(record)) as MovedUser[],
    refused: [...found.filter(isRefused), ...refused],
  };
}

/** How many ids the lists have, without what cannot be moved. */
export async function countUsers(client: pg.Client, { has }: OfficialUserSchema): Promise<number> {
  const ids = [
    ...(has('app_id_to_user_id') ? ["SELECT user_id::text FROM app_id_to_user_id WHERE app_id = 'public'"] : []),
    ...dataIdsOf(has),
  ];
  if (ids.length === 0) return 0;
  const mapped = has('userid_mapping')
    ? "EXCEPT SELECT external_user_id FROM userid_mapping WHERE app_id = 'public'"
    : '';
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM ((${ids.join(' UNION ')}) ${mapped}) AS ids`,
  );
  return Number(rows[0]?.count);
}

/** A page of small users is as many ids as fit; one with large metadata ends earlier. */
function coreIds(client: pg.Client, { has }: OfficialUserSchema): List {
  const mapping = has('userid_mapping')
    ? 'LEFT JOIN userid_mapping m ON m.app_id = u.app_id AND m.supertokens_user_id = u.user_id'
    : '';
  const home = has('userid_mapping') ? 'coalesce(m.external_user_id, u.user_id::text)' : 'u.user_id::text';
  const text = `SELECT u.user_id::text AS id, ${sizeOf(has, home)} AS size, true AS wanted
    FROM app_id_to_user_id u ${mapping}
    WHERE u.app_id = 'public' AND u.user_id > $1::bpchar ORDER BY u.user_id LIMIT ${PAGE_SIZE}`;
  return async ([after = '']) => {
    if (!has('app_id_to_user_id')) return undefined;
    return pieceOf((await client.query<Candidate>(text, [after])).rows);
  };
}

/** Bytes of the id's metadata, which alone can make a user large. */
const sizeOf = (has: OfficialUserSchema['has'], id: string): string =>
  has('user_metadata')
    ? `coalesce((SELECT octet_length(d.user_metadata) FROM user_metadata d WHERE d.app_id = 'public' AND d.user_id = ${id}), 0)`
    : '0';

interface Candidate {
  readonly id: string;
  readonly size: number;
  readonly wanted: boolean;
}

/** As many of the wanted ids as make a page, at least one. */
function pieceOf(candidates: readonly Candidate[]): Piece | undefined {
  const ids: string[] = [];
  let bytes = 0;
  let end: string | undefined;
  for (const { id, size, wanted } of candidates) {
    if (wanted) {
      bytes += size;
      if (ids.length === PAGE_SIZE || (ids.length > 0 && bytes > PAGE_BYTES)) break;
      ids.push(id);
    }
    end = id;
  }
  return end === undefined ? undefined : { ids, refused: [], end: [end] };
}

/** The tables in which an id can be that the core did not give. */
const DATA_TABLES = [
  'user_metadata',
  'user_roles',
  'emailverification_verified_emails',
  'emailverification_tokens',
  'user_last_active',
] as const satisfies readonly UserTable[];

/** Their ids, of the one app and tenant. */
const dataIdsOf = (has: OfficialUserSchema['has']): string[] =>
  DATA_TABLES.filter((table) => has(table)).map((table) => {
    const tenant = has(table, 'tenant_id') ? "AND tenant_id = 'public'" : '';
    return `SELECT DISTINCT user_id FROM ${table} WHERE app_id = 'public' ${tenant}`;
  });

/** Looks through the ids of all data in batches, and passes over users of the core, by their own id or the external one. */
function foreignIds(client: pg.Client, { has }: OfficialUserSchema): List {
  const sources = dataIdsOf(has).map((source) => `(${source} AND user_id > $1 ORDER BY 1 LIMIT ${ID_BATCH})`);
  const isCore = has('app_id_to_user_id');
  const isMapped = has('userid_mapping');
  const wanted = ['true', ...(isCore ? ['u.user_id IS NULL'] : []), ...(isMapped ? ['m.app_id IS NULL'] : [])].join(
    ' AND ',
  );
  const text = `SELECT ids.id, ${wanted} AS wanted, CASE WHEN ${wanted} THEN ${sizeOf(has, 'ids.id')} ELSE 0 END AS size
    FROM (SELECT user_id AS id FROM (${sources.join(' UNION ')}) AS all_ids ORDER BY 1 LIMIT ${ID_BATCH}) AS ids
    ${isCore ? "LEFT JOIN app_id_to_user_id u ON u.app_id = 'public' AND u.user_id = ids.id::bpchar" : ''}
    ${isMapped ? "LEFT JOIN userid_mapping m ON m.app_id = 'public' AND m.external_user_id = ids.id" : ''}
    ORDER BY ids.id`;
  return async ([after = '']) => {
    if (sources.length === 0) return undefined;
    return pieceOf((await client.query<Candidate>(text, [after])).rows);
  };
}

const leftBehindList =
  (client: pg.Client) =>
  ({ text, reasonOf }: LeftBehind): List =>
  async ([app = '', tenant = '', id = '']) => {
    const { rows } = await client.query<Record<'app' | 'tenant' | 'id', string>>(text, [app, tenant, id, PAGE_SIZE]);
    const end = rows.at(-1);
    if (end === undefined) return undefined;
    return { ids: [], refused: rows.map(reasonOf), end: [end.app, end.tenant, end.id] };
  };
