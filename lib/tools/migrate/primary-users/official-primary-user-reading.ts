import type pg from 'pg';
import type { UserId } from '../../../core/types.ts';
import { type OfficialVersion, versionOf } from '../official-records.ts';
import { inSnapshot } from '../official-transaction.ts';
import { isRefused, type RecordPage, type StoredRecord } from '../records/record-database.ts';
import { writesOldTables } from '../users/migration-mode.ts';
import type { OfficialUserSchema } from '../users/official-user-schema.ts';
import type { MovedPrimaryUser } from './primary-user.ts';

export type StoredPrimaryUser = StoredRecord<MovedPrimaryUser, OfficialVersion>;

const PAGE_SIZE = 500;

const canLink = ({ has }: OfficialUserSchema): boolean => has('app_id_to_user_id', 'primary_or_recipe_user_id');

/** Login methods of other recipes, or of other tenants alone, are not moved, and so are no members. */
export async function readPrimaryUsers(
  client: pg.Client,
  schema: OfficialUserSchema,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredPrimaryUser>> {
  if (!canLink(schema) || ids.length === 0) return new Map();
  const isHere = writesOldTables(schema.mode)
    ? "SELECT FROM all_auth_recipe_users a WHERE a.app_id = u.app_id AND a.tenant_id = 'public' AND a.user_id = u.user_id"
    : "SELECT FROM recipe_user_tenants a WHERE a.app_id = u.app_id AND a.tenant_id = 'public' AND a.recipe_user_id = u.user_id";
  const { rows } = await client.query<{ id: UserId; members: UserId[] }>(
    `SELECT u.primary_or_recipe_user_id::text AS id,
       array_agg(u.user_id::text) FILTER (
         WHERE u.recipe_id IN ('emailpassword', 'thirdparty', 'passwordless') AND EXISTS (${isHere})
       ) AS members
     FROM app_id_to_user_id u
     WHERE u.app_id = 'public' AND u.is_linked_or_is_a_primary_user
       AND u.primary_or_recipe_user_id = ANY($1::text[]::bpchar[])
     GROUP BY 1`,
    [ids],
  );
  return new Map(
    rows.flatMap(({ id, members }) => {
      if (members === null) return [];
      const record: MovedPrimaryUser = { key: id, parts: { members: members.sort() } };
      return [[id, { record, version: versionOf(record) }] as const];
    }),
  );
}

export async function* primaryUserPages(
  client: pg.Client,
  schema: OfficialUserSchema,
  after = '',
): AsyncGenerator<RecordPage<MovedPrimaryUser>> {
  for (let position = after; canLink(schema); ) {
    const page = await inSnapshot(client, async () => {
      const { rows } = await client.query<{ id: string }>(
        `SELECT DISTINCT primary_or_recipe_user_id AS key, primary_or_recipe_user_id::text AS id FROM app_id_to_user_id
         WHERE app_id = 'public' AND is_linked_or_is_a_primary_user AND primary_or_recipe_user_id > $1::bpchar
         ORDER BY key LIMIT ${PAGE_SIZE}`,
        [position],
      );
      const ids = rows.map(({ id }) => id);
      return { end: ids.at(-1), users: await readPrimaryUsers(client, schema, ids) };
    });
    if (page.end === undefined) return;
    position = page.end;
    const records = [...page.users.values()].flatMap(({ record }) => (isRefused(record) ? [] : record));
    yield { records, refused: [], position };
  }
}

export async function countPrimaryUsers(client: pg.Client, schema: OfficialUserSchema): Promise<number> {
  if (!canLink(schema)) return 0;
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(DISTINCT primary_or_recipe_user_id) FROM app_id_to_user_id
     WHERE app_id = 'public' AND is_linked_or_is_a_primary_user`,
  );
  return Number(rows[0]?.count);
}
