import type pg from 'pg';
import type { OfficialRecords, OfficialVersion } from '../official-records.ts';
import type { RecordChange, RefusedRecord } from '../records/record-database.ts';
import { writesNewTables, writesOldTables } from '../users/migration-mode.ts';
import { findShared } from '../users/official-contacts.ts';
import { settleGroups } from '../users/official-groups.ts';
import { deleteUnusedIds } from '../users/official-logins.ts';
import { createUserReader, type OfficialStoredUser } from '../users/official-user-reading.ts';
import type { OfficialUserSchema } from '../users/official-user-schema.ts';
import { readPrimaryUsers, type StoredPrimaryUser } from './official-primary-user-reading.ts';
import type { MovedPrimaryUser } from './primary-user.ts';

type Change = RecordChange<MovedPrimaryUser, OfficialVersion>;

/** A login method, and the primary user that it is to belong to. */
interface Link {
  readonly id: string;
  readonly primary: string;
}

/** Reads and writes primary users within a transaction. */
export const officialPrimaryUserRecords = (
  client: pg.Client,
  schema: OfficialUserSchema,
): OfficialRecords<MovedPrimaryUser, StoredPrimaryUser> => ({
  async lock(keys) {
    await client.query(
      `SELECT FROM app_id_to_user_id
       WHERE app_id = 'public' AND primary_or_recipe_user_id = ANY($1::text[]::bpchar[]) ORDER BY user_id FOR UPDATE`,
      [keys],
    );
  },
  read: (keys) => readPrimaryUsers(client, schema, keys),
  async apply(changes, there) {
    let left = changes;
    // A login method can go from one primary user to another only after it has left the first one.
    for (;;) {
      const refused = await refusalsOf(client, schema, left);
      const accepted = left.filter(({ record }) => !refused.some(({ key }) => key === record.key));
      await writeMembers(client, schema, accepted, there);
      if (accepted.length === 0 || refused.length === 0) return refused;
      left = left.filter((change) => !accepted.includes(change));
    }
  },
  /** The login methods stay, each by itself. */
  async remove(stored) {
    const ids = stored.flatMap((each) => [each.record.key, ...membersOf(each)]);
    await unlink(client, schema, ids);
    await settleGroups(client, schema, ids);
    await deleteUnusedIds(client, ids);
  },
});

async function writeMembers(
  client: pg.Client,
  schema: OfficialUserSchema,
  changes: readonly Change[],
  there: ReadonlyMap<string, StoredPrimaryUser>,
): Promise<void> {
  const unlinked = changes.flatMap(({ record: { key, parts } }) =>
    membersOf(there.get(key)).filter((id) => id !== key && !(parts.members as readonly string[]).includes(id)),
  );
  await unlink(client, schema, unlinked);
  await link(client, schema, changes.flatMap(linksOf));
  await settleGroups(client, schema, [...changes.map(({ record }) => record.key), ...unlinked]);
}

const membersOf = (stored: StoredPrimaryUser | undefined): readonly string[] =>
  stored !== undefined && 'parts' in stored.record ? stored.record.parts.members : [];

/** Its own id counts as a member, also of a primary user whose first login method was removed. */
const linksOf = ({ record: { key, parts } }: Change): Link[] =>
  [...new Set([key, ...parts.members])].map((id) => ({ id, primary: key }));

async function refusalsOf(
  client: pg.Client,
  schema: OfficialUserSchema,
  changes: readonly Change[],
): Promise<RefusedRecord[]> {
  const ids = [...new Set(changes.flatMap(linksOf).map(({ id }) => id))];
  const users = await createUserReader(client, schema)(ids);
  const shared = await findShared(
    client,
    schema,
    changes.map(({ record: { key, parts } }) => ({
      primary: key,
      contacts: parts.members.flatMap((id) => contactsOf(users.get(id))),
    })),
  );
  return changes.flatMap((change) => {
    const { key } = change.record;
    const reason = linksOf(change)
      .map((each) => refusalOfLink(each, users.get(each.id)))
      .find((each) => each !== undefined);
    const all = reason ?? shared.get(key);
    return all === undefined ? [] : [{ key, reason: all }];
  });
}

const contactsOf = (user: OfficialStoredUser | undefined) =>
  user !== undefined && 'parts' in user.record && user.record.parts.login !== null ? [user.record.parts.login] : [];

function refusalOfLink({ id, primary }: Link, user: OfficialStoredUser | undefined): string | undefined {
  if (user?.row === undefined) return `its login method ${id} is not there`;
  const { primary_id, is_linked } = user.row;
  return is_linked && primary_id !== primary
    ? `its login method ${id} belongs to the primary user ${primary_id}`
    : undefined;
}

const link = (client: pg.Client, schema: OfficialUserSchema, links: readonly Link[]) =>
  setLinks(client, schema, links, true);

const unlink = (client: pg.Client, schema: OfficialUserSchema, ids: readonly string[]) =>
  setLinks(
    client,
    schema,
    ids.map((id) => ({ id, primary: id })),
    false,
  );

async function setLinks(client: pg.Client, { mode }: OfficialUserSchema, links: readonly Link[], isLinked: boolean) {
  if (links.length === 0) return;
  const values = [links.map(({ id }) => id), links.map(({ primary }) => primary), isLinked];
  const from = "FROM unnest($1::text[]::bpchar[], $2::text[]::bpchar[]) AS l(id, primary_id) WHERE t.app_id = 'public'";
  for (const table of ['app_id_to_user_id', ...(writesOldTables(mode) ? ['all_auth_recipe_users'] : [])]) {
    await client.query(
      `UPDATE ${table} t SET primary_or_recipe_user_id = l.primary_id, is_linked_or_is_a_primary_user = $3
       ${from} AND t.user_id = l.id`,
      values,
    );
  }
  if (!writesNewTables(mode)) return;
  await client.query(
    `UPDATE recipe_user_account_infos t SET primary_user_id = CASE WHEN $3 THEN l.primary_id END
     ${from} AND t.recipe_user_id = l.id`,
    values,
  );
}
