import type pg from 'pg';
import { deleteRows, type OfficialTable, type OfficialTableRow, putRows, rowChanges } from '../official-table.ts';
import type { OfficialUserSchema, UserTable } from './official-user-schema.ts';
import type { MovedUser } from './user.ts';

type DataTable = OfficialTable & { readonly name: UserTable };

/** What hangs on users' ids, without how they log in. */
const MAPPING: DataTable = {
  name: 'userid_mapping',
  columns: ['supertokens_user_id', 'external_user_id', 'external_user_id_info'],
  key: ['supertokens_user_id', 'external_user_id'],
};
const VERIFIED: DataTable = {
  name: 'emailverification_verified_emails',
  columns: ['user_id', 'email'],
  key: ['user_id', 'email'],
};
const METADATA: DataTable = { name: 'user_metadata', columns: ['user_id', 'user_metadata'], key: ['user_id'] };
const ROLES: DataTable = {
  name: 'user_roles',
  columns: ['tenant_id', 'user_id', 'role'],
  key: ['tenant_id', 'user_id', 'role'],
};
const VERIFICATION_TOKENS: DataTable = {
  name: 'emailverification_tokens',
  columns: ['tenant_id', 'user_id', 'email', 'token', 'token_expiry'],
  key: ['tenant_id', 'user_id', 'email', 'token'],
};
const RESET_TOKENS: DataTable = {
  name: 'emailpassword_pswd_reset_tokens',
  columns: ['user_id', 'token', 'email', 'token_expiry'],
  key: ['user_id', 'token'],
};
const ACTIVITY: DataTable = { name: 'user_last_active', columns: ['user_id', 'last_active_time'], key: ['user_id'] };

const TENANT = { tenant_id: 'public' };

/** The rows in which an official core looks these parts of a user up. */
const ROWS: readonly (readonly [DataTable, (user: MovedUser) => OfficialTableRow[]])[] = [
  [
    MAPPING,
    ({ key, parts: { mapping } }) =>
      mapping === null
        ? []
        : [{ supertokens_user_id: key, external_user_id: mapping.externalId, external_user_id_info: mapping.info }],
  ],
  [VERIFIED, (user) => user.parts.verifiedEmails.map((email) => ({ user_id: homeOf(user), email }))],
  [
    METADATA,
    (user) => (user.parts.metadata === null ? [] : [{ user_id: homeOf(user), user_metadata: user.parts.metadata }]),
  ],
  [ROLES, (user) => user.parts.roles.map((role) => ({ ...TENANT, user_id: homeOf(user), role }))],
  [
    VERIFICATION_TOKENS,
    (user) =>
      user.parts.verificationTokens.map(({ hash: token, email, expiry: token_expiry }) => ({
        ...TENANT,
        user_id: homeOf(user),
        email,
        token,
        token_expiry,
      })),
  ],
  [
    RESET_TOKENS,
    ({ key: user_id, parts }) =>
      parts.resetTokens.map(({ hash: token, email, expiry: token_expiry }) => ({
        user_id,
        token,
        email,
        token_expiry,
      })),
  ],
  [
    ACTIVITY,
    ({ key: user_id, parts }) => (parts.lastActive === null ? [] : [{ user_id, last_active_time: parts.lastActive }]),
  ],
];

/** The id on which the rest hangs: a mapped user's data is looked up by the external id. */
const homeOf = ({ key, parts: { mapping } }: MovedUser): string => mapping?.externalId ?? key;

/** A user as it is, and as it is to be. */
export interface UserChange {
  readonly before: MovedUser | undefined;
  readonly after: MovedUser;
}

/** Deletes what the users no longer have. Another user may get it in the same transaction. */
export async function deleteUserData(client: pg.Client, { has }: OfficialUserSchema, changes: readonly UserChange[]) {
  for (const [table, rowsOf] of ROWS) {
    if (has(table.name)) await deleteRows(client, table, changesOf(table, rowsOf, changes).gone);
  }
}

/** Writes what the users have new. Their ids must be there. */
export async function putUserData(client: pg.Client, { has }: OfficialUserSchema, changes: readonly UserChange[]) {
  for (const [table, rowsOf] of ROWS) {
    if (!has(table.name)) continue;
    const columns = table.columns.filter((column) => has(table.name, column));
    await putRows(client, { ...table, columns }, changesOf(table, rowsOf, changes).put);
  }
}

const changesOf = (table: DataTable, rowsOf: (user: MovedUser) => OfficialTableRow[], changes: readonly UserChange[]) =>
  rowChanges(
    table,
    changes.flatMap(({ before }) => (before === undefined ? [] : rowsOf(before))),
    changes.flatMap(({ after }) => rowsOf(after)),
  );

/** Tables with rows that a deleted user must not leave behind, and the column with the id: the official core deletes them too. */
const LEFTOVERS = [
  'emailverification_verified_emails',
  'emailverification_tokens',
  'user_metadata',
  'user_roles',
  'user_last_active',
  'totp_users',
] as const satisfies readonly UserTable[];

/** Deletes all that hangs on the ids, in every tenant, and their sessions. */
export async function eraseUserData(client: pg.Client, { has }: OfficialUserSchema, ids: readonly string[]) {
  for (const table of ['session_info', ...LEFTOVERS.filter((name) => has(name))]) {
    await client.query(`DELETE FROM ${table} WHERE app_id = 'public' AND user_id = ANY($1)`, [ids]);
  }
}
