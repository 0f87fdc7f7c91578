import type pg from 'pg';
import type { OfficialRecords, OfficialVersion } from '../official-records.ts';
import { isRefused, type RecordChange, type RefusedRecord } from '../records/record-database.ts';
import { findShared, findTaken } from './official-contacts.ts';
import { type LoginChange, removeLogins, writeLogins } from './official-logins.ts';
import { deleteUserData, eraseUserData, putUserData } from './official-user-data.ts';
import type { OfficialStoredUser, ReadUsers } from './official-user-reading.ts';
import type { OfficialUserSchema } from './official-user-schema.ts';
import type { MovedLogin, MovedUser } from './user.ts';

type Change = RecordChange<MovedUser, OfficialVersion>;
type There = ReadonlyMap<string, OfficialStoredUser>;

/** Reads and writes users within a transaction. */
export const officialUserRecords = (
  client: pg.Client,
  schema: OfficialUserSchema,
  read: ReadUsers,
): OfficialRecords<MovedUser, OfficialStoredUser> => ({
  lock: (keys) => lockIds(client, schema, keys),
  read,
  async apply(changes, there) {
    const refused = await refusalsOf(client, schema, changes, there);
    const refusedKeys = new Set(refused.map(({ key }) => key));
    await applyAll(
      client,
      schema,
      changes.filter(({ record }) => !refusedKeys.has(record.key)),
      there,
    );
    return refused;
  },
  async remove(stored) {
    const rows = stored.flatMap(({ row }) => row ?? []);
    await removeLogins(client, schema, rows);
    const ids = stored.map(({ record }) => record.key);
    await eraseUserData(client, schema, [...ids, ...rows.flatMap(({ external_id }) => external_id ?? [])]);
  },
});

/** The official core locks the same rows before it links or deletes a user. */
async function lockIds(client: pg.Client, { has }: OfficialUserSchema, ids: readonly string[]): Promise<void> {
  if (!has('app_id_to_user_id')) return;
  await client.query(
    `SELECT FROM app_id_to_user_id WHERE app_id = 'public' AND user_id = ANY($1::text[]::bpchar[])
     ORDER BY user_id FOR UPDATE`,
    [ids],
  );
}

async function refusalsOf(
  client: pg.Client,
  schema: OfficialUserSchema,
  changes: readonly Change[],
  there: There,
): Promise<RefusedRecord[]> {
  const logins = loginChanges(changes, there);
  const linked = logins.flatMap(({ row, login }) =>
    row?.is_linked ? [{ primary: row.primary_id, contacts: [login] }] : [],
  );
  const [taken, shared, mapped] = [
    await findTaken(client, schema, logins),
    await findShared(client, schema, linked),
    await findMapped(client, schema, changes),
  ];
  return changes.flatMap(({ record: { key } }) => {
    const primary = there.get(key)?.row?.primary_id ?? key;
    const isLogin = logins.some(({ id }) => id === key);
    const reason = taken.get(key) ?? (isLogin ? shared.get(primary) : undefined) ?? mapped.get(key);
    return reason === undefined ? [] : [{ key, reason }];
  });
}

/** External ids that another user has. @returns the reason, by id */
async function findMapped(
  client: pg.Client,
  { has }: OfficialUserSchema,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = changes.flatMap(({ record: { key, parts } }) =>
    parts.mapping ? [[parts.mapping.externalId, key] as const] : [],
  );
  if (wanted.length === 0) return new Map();
  if (!has('userid_mapping'))
    return new Map(wanted.map(([, key]) => [key, 'an official core of this version maps no ids']));
  const { rows } = await client.query<{ external: string; owner: string }>(
    `SELECT external_user_id AS external, supertokens_user_id::text AS owner FROM userid_mapping
     WHERE app_id = 'public' AND external_user_id = ANY($1)`,
    [wanted.map(([external]) => external)],
  );
  const owners = new Map(rows.map(({ external, owner }) => [external, owner]));
  const changing = new Map<string, string>(wanted.map(([external, key]) => [key, external]));
  const given = new Set<string>(changes.map(({ record }) => record.key));
  return new Map(
    wanted.flatMap(([external, key]) => {
      const owner = owners.get(external) ?? key;
      const keepsIt = !given.has(owner) || changing.get(owner) === external;
      return owner === key || !keepsIt ? [] : [[key, `its external id is that of the user ${owner}`] as const];
    }),
  );
}

async function applyAll(client: pg.Client, schema: OfficialUserSchema, changes: readonly Change[], there: There) {
  const data = changes.map(({ record }) => {
    const before = there.get(record.key)?.record;
    return { before: before === undefined || isRefused(before) ? undefined : before, after: record };
  });
  await deleteUserData(client, schema, data);
  const gone = changes.flatMap(({ record: { key, parts } }) =>
    parts.login === null ? (there.get(key)?.row ?? []) : [],
  );
  if (gone.length > 0) await removeLogins(client, schema, gone);
  await writeLogins(client, schema, loginChanges(changes, there));
  await putUserData(client, schema, data);
}

/** The login methods that are new, or differ from what is there. */
const loginChanges = (changes: readonly Change[], there: There): LoginChange[] =>
  changes.flatMap(({ record: { key, parts } }) => {
    const stored = there.get(key);
    if (parts.login === null || isSameLogin(parts.login, stored)) return [];
    return [{ id: key, row: stored?.row, login: parts.login }];
  });

function isSameLogin(login: MovedLogin, stored: OfficialStoredUser | undefined): boolean {
  if (stored === undefined || isRefused(stored.record)) return false;
  const before = stored.record.parts.login;
  if (before === null) return false;
  const members = Object.keys(login) as (keyof MovedLogin)[];
  return members.every((member) => JSON.stringify(login[member]) === JSON.stringify(before[member]));
}
