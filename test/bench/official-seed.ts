import type pg from 'pg';

const JOINED = Date.UTC(2024, 10, 23);
const YEARS = 2 * 365 * 86_400_000;

/** Which users there are. `n` is a user's number, from 1 on. */
const IS_PASSWORD = 'n % 10 < 7';
const IS_PROVIDER = 'n % 10 IN (7, 8)';
const IS_PASSWORDLESS = 'n % 10 = 9';
/** Of these, each is linked to the password user before. */
const IS_LINKED = 'n % 20 = 7';
const IS_PRIMARY = 'n % 20 = 6';

const ID = 'md5(n::text)::uuid::text';
const EMAIL = "'user-' || n || '@example.com'";
const IS_MAPPED = 'n % 50 = 1';
const EXTERNAL_ID = "'customer-' || n";
/** Under which data of a user is kept. */
const DATA_ID = `CASE WHEN ${IS_MAPPED} THEN ${EXTERNAL_ID} ELSE ${ID} END`;
/** The user to whom a login method belongs. */
const PRIMARY = `CASE WHEN ${IS_LINKED} THEN md5((n - 1)::text)::uuid::text ELSE ${ID} END`;
const IS_GROUP = `(${IS_LINKED} OR ${IS_PRIMARY})`;
const RECIPE = `CASE WHEN ${IS_PASSWORD} THEN 'emailpassword' WHEN ${IS_PROVIDER} THEN 'thirdparty' ELSE 'passwordless' END`;
const TIME = '$2::bigint + n * $3::bigint / $1';
/** bcrypt's form. No user signs in during a benchmark. */
const HASH = `'$2a$11$' || rpad(md5(n::text), 53, 'x')`;

/** The rows of an official core that has {@link seedOfficial}'s users, a table each. Parameters: their number, the first time, the period. */
const ROWS: readonly (readonly [columns: string, values: string, condition: string])[] = [
  [
    'app_id_to_user_id (user_id, recipe_id, primary_or_recipe_user_id, is_linked_or_is_a_primary_user)',
    `${ID}, ${RECIPE}, ${PRIMARY}, ${IS_GROUP}`,
    'true',
  ],
  [
    'all_auth_recipe_users (user_id, primary_or_recipe_user_id, is_linked_or_is_a_primary_user, recipe_id, time_joined, primary_or_recipe_user_time_joined)',
    `${ID}, ${PRIMARY}, ${IS_GROUP}, ${RECIPE}, ${TIME}, CASE WHEN ${IS_LINKED} THEN $2::bigint + (n - 1) * $3::bigint / $1 ELSE ${TIME} END`,
    'true',
  ],
  [
    'emailpassword_users (user_id, email, password_hash, time_joined)',
    `${ID}, ${EMAIL}, ${HASH}, ${TIME}`,
    IS_PASSWORD,
  ],
  ['emailpassword_user_to_tenant (user_id, email)', `${ID}, ${EMAIL}`, IS_PASSWORD],
  [
    'thirdparty_users (user_id, third_party_id, third_party_user_id, email, time_joined)',
    `${ID}, 'google', n::text, ${EMAIL}, ${TIME}`,
    IS_PROVIDER,
  ],
  ['thirdparty_user_to_tenant (user_id, third_party_id, third_party_user_id)', `${ID}, 'google', n::text`, IS_PROVIDER],
  ['passwordless_users (user_id, email, time_joined)', `${ID}, ${EMAIL}, ${TIME}`, IS_PASSWORDLESS],
  ['passwordless_user_to_tenant (user_id, email)', `${ID}, ${EMAIL}`, IS_PASSWORDLESS],
  ['emailverification_verified_emails (user_id, email)', `${DATA_ID}, ${EMAIL}`, 'n % 2 = 0'],
  ['user_metadata (user_id, user_metadata)', `${DATA_ID}, '{"name":"User ' || n || '","theme":"dark"}'`, 'n % 3 = 0'],
  ['user_roles (user_id, role)', `${DATA_ID}, 'member'`, 'n % 10 = 0'],
  ['user_last_active (user_id, last_active_time)', `${ID}, ${TIME}`, 'true'],
  ['userid_mapping (supertokens_user_id, external_user_id)', `${ID}, ${EXTERNAL_ID}`, IS_MAPPED],
];

/**
 * Fills an official core's tables with so many login methods, of all three recipes. Each twentieth one is linked. Half of the e-mails
 * are verified, a third of the users has metadata, and a tenth a role and a session.
 */
export async function seedOfficial(client: pg.Client, count: number): Promise<void> {
  await client.query("INSERT INTO roles (role) VALUES ('member')");
  await client.query("INSERT INTO role_permissions (role, permission) VALUES ('member', 'read')");
  for (const [columns, values, condition] of ROWS) {
    const text = `INSERT INTO ${columns} SELECT ${values} FROM generate_series(1, $1::int) AS n WHERE ${condition}`;
    const all = [count, JOINED, YEARS];
    // PostgreSQL rejects parameters that a statement does not have.
    await client.query(text, text.includes('$2') ? all : all.slice(0, 1));
  }
  await client.query(
    `INSERT INTO session_info
       (session_handle, user_id, refresh_token_hash_2, session_data, expires_at, created_at_time, jwt_user_payload, use_static_key)
     SELECT gen_random_uuid(), ${ID}, encode(sha256(n::text::bytea), 'hex'), '{}', $2::bigint + 8640000000, $2, '{}', false
     FROM generate_series(1, $1::int) AS n WHERE n % 10 = 0`,
    [count, Date.now() - 86_400_000],
  );
  await client.query('ANALYZE');
}
