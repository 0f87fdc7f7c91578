import type pg from 'pg';
import { type AccountInfo, accountInfosOf, type Contacts } from './account-info.ts';
import { writesNewTables, writesOldTables } from './migration-mode.ts';
import { type LoginChange, tenantsOf } from './official-logins.ts';
import type { OfficialUserSchema } from './official-user-schema.ts';

/** An e-mail, a phone number or a third-party id that is one login method's alone, in one tenant. */
interface Claim {
  readonly tenant: string;
  readonly recipe: string;
  readonly type: AccountInfo['account_info_type'];
  readonly value: string;
}

interface Owner extends Claim {
  readonly id: string;
}

const NAMES = { email: 'e-mail', phone: 'phone number', tparty: 'third-party id' } as const;

const nameOf = ({ tenant, recipe, type, value }: Claim): string => JSON.stringify([tenant, recipe, type, value]);

/** The e-mail of a third party's user can be another one's too. */
function claimsOf(change: LoginChange): Claim[] {
  const { recipe } = change.login;
  const infos = accountInfosOf(change.login).filter((info) => info.third_party_id === '');
  return tenantsOf(change).flatMap((tenant) =>
    infos.map(({ account_info_type: type, account_info_value: value }) => ({ tenant, recipe, type, value })),
  );
}

/**
 * Finds login methods that want what another one has and keeps.
 * @returns the reason, by id
 */
export async function findTaken(
  client: pg.Client,
  schema: OfficialUserSchema,
  changes: readonly LoginChange[],
): Promise<ReadonlyMap<string, string>> {
  const live = changes.filter(({ login }) => !login.isRetired);
  const owners = Map.groupBy(await ownersOf(client, schema, live), nameOf);
  const refused = new Map<string, string>();
  for (let count = -1; count !== refused.size; ) {
    count = refused.size;
    refuseOnce(live, owners, refused);
  }
  return refused;
}

/** A login method that is refused keeps what it has, so that another one may have to be refused after it. */
function refuseOnce(
  live: readonly LoginChange[],
  owners: ReadonlyMap<string, readonly Owner[]>,
  refused: Map<string, string>,
): void {
  const accepted = live.filter(({ id }) => !refused.has(id));
  const changing = new Set(accepted.map(({ id }) => id));
  const wanted = new Map<string, string>();
  for (const change of accepted) {
    for (const claim of claimsOf(change)) {
      const keepers = (owners.get(nameOf(claim)) ?? []).map(({ id }) => id).filter((id) => !changing.has(id));
      const holder = keepers.find((id) => id !== change.id) ?? wanted.get(nameOf(claim));
      if (holder !== undefined) refused.set(change.id, `its ${NAMES[claim.type]} is that of the user ${holder}`);
      wanted.set(nameOf(claim), change.id);
    }
  }
}

async function ownersOf(client: pg.Client, schema: OfficialUserSchema, live: readonly LoginChange[]): Promise<Owner[]> {
  const contacts = live.map(({ login }) => login);
  const emails = contacts.flatMap(({ email }) => email ?? []);
  const phones = contacts.flatMap(({ phoneNumber }) => phoneNumber ?? []);
  const parties = contacts.flatMap(({ thirdParty }) => thirdParty ?? []);
  const values = [...emails, ...phones, ...parties.map(({ id, userId }) => `${id}::${userId}`)];
  if (values.length === 0) return [];
  const old = writesOldTables(schema.mode)
    ? (
        await client.query<Owner>(OLD_OWNERS, [
          emails,
          phones,
          parties.map(({ id }) => id),
          parties.map(({ userId }) => userId),
        ])
      ).rows
    : [];
  const fresh = writesNewTables(schema.mode) ? (await client.query<Owner>(NEW_OWNERS, [values])).rows : [];
  return [...old, ...fresh];
}

/** The tenants make PostgreSQL use the unique keys, which begin with them. */
const TENANTS = "(SELECT tenant_id FROM tenants WHERE app_id = 'public')";
const OLD_OWNERS = `
  SELECT 'emailpassword' AS recipe, 'email' AS type, tenant_id AS tenant, email AS value, user_id::text AS id
  FROM emailpassword_user_to_tenant WHERE app_id = 'public' AND tenant_id IN ${TENANTS} AND email = ANY($1::text[])
  UNION ALL SELECT 'passwordless', 'email', tenant_id, email, user_id::text
  FROM passwordless_user_to_tenant WHERE app_id = 'public' AND tenant_id IN ${TENANTS} AND email = ANY($1::text[])
  UNION ALL SELECT 'passwordless', 'phone', tenant_id, phone_number, user_id::text
  FROM passwordless_user_to_tenant WHERE app_id = 'public' AND tenant_id IN ${TENANTS} AND phone_number = ANY($2::text[])
  UNION ALL SELECT 'thirdparty', 'tparty', tenant_id, third_party_id || '::' || third_party_user_id, user_id::text
  FROM unnest($3::text[], $4::text[]) AS p(id, user_of) JOIN thirdparty_user_to_tenant
    ON third_party_id = p.id AND third_party_user_id = p.user_of
  WHERE app_id = 'public' AND tenant_id IN ${TENANTS}`;
const NEW_OWNERS = `
  SELECT recipe_id AS recipe, account_info_type AS type, tenant_id AS tenant, account_info_value AS value,
    recipe_user_id::text AS id
  FROM recipe_user_tenants
  WHERE app_id = 'public' AND tenant_id IN ${TENANTS} AND account_info_type IN ('email', 'phone', 'tparty')
    AND account_info_value = ANY($1::text[]) AND third_party_id = ''`;

/** The contacts that a primary user is to have. */
export interface GroupContacts {
  readonly primary: string;
  readonly contacts: readonly Contacts[];
}

/** An e-mail, a phone number or a third-party id of a primary user. */
interface Held {
  readonly primary: string;
  readonly type: AccountInfo['account_info_type'];
  readonly value: string;
}

/**
 * Finds primary users that want the e-mail, phone number or third-party id of another primary user.
 * @returns the reason, by primary user's id
 */
export async function findShared(
  client: pg.Client,
  schema: OfficialUserSchema,
  groups: readonly GroupContacts[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = groups.flatMap(({ primary, contacts }) =>
    contacts
      .flatMap(accountInfosOf)
      .map(({ account_info_type: type, account_info_value: value }) => ({ primary, type, value })),
  );
  const contactOf = ({ type, value }: Held) => JSON.stringify([type, value]);
  const holders = Map.groupBy([...(await holdersOf(client, schema, wanted)), ...wanted], contactOf);
  return new Map(
    wanted.flatMap((held) => {
      const other = holders.get(contactOf(held))?.find(({ primary }) => primary !== held.primary);
      const reason = `its ${NAMES[held.type]} is that of the primary user ${other?.primary}`;
      return other === undefined ? [] : [[held.primary, reason] as const];
    }),
  );
}

/** The primary users that have one of the contacts now. */
async function holdersOf(client: pg.Client, { mode }: OfficialUserSchema, wanted: readonly Held[]): Promise<Held[]> {
  if (wanted.length === 0) return [];
  const values = [wanted.map(({ type }) => type), wanted.map(({ value }) => value)];
  const texts = [...(writesOldTables(mode) ? [OLD_PRIMARIES] : []), ...(writesNewTables(mode) ? [NEW_PRIMARIES] : [])];
  const found: Held[] = [];
  for (const text of texts) found.push(...(await client.query<Held>(text, values)).rows);
  return found;
}

/** No two login methods have the same third-party id, so that only e-mails and phone numbers can be shared. */
const OLD_PRIMARIES = `
  WITH wanted AS (SELECT DISTINCT type, value FROM unnest($1::text[], $2::text[]) AS w(type, value)),
  methods AS (
    SELECT w.type, w.value, e.user_id FROM wanted w JOIN emailpassword_user_to_tenant e
      ON w.type = 'email' AND e.app_id = 'public' AND e.tenant_id IN ${TENANTS} AND e.email = w.value
    UNION ALL SELECT w.type, w.value, t.user_id FROM wanted w JOIN thirdparty_users t
      ON w.type = 'email' AND t.app_id = 'public' AND t.email = w.value
    UNION ALL SELECT w.type, w.value, p.user_id FROM wanted w JOIN passwordless_user_to_tenant p
      ON w.type = 'email' AND p.app_id = 'public' AND p.tenant_id IN ${TENANTS} AND p.email = w.value
    UNION ALL SELECT w.type, w.value, p.user_id FROM wanted w JOIN passwordless_user_to_tenant p
      ON w.type = 'phone' AND p.app_id = 'public' AND p.tenant_id IN ${TENANTS} AND p.phone_number = w.value
  )
  SELECT m.type, m.value, u.primary_or_recipe_user_id::text AS primary FROM methods m
  JOIN app_id_to_user_id u ON u.app_id = 'public' AND u.user_id = m.user_id AND u.is_linked_or_is_a_primary_user`;
const NEW_PRIMARIES = `
  SELECT p.account_info_type AS type, p.account_info_value AS value, p.primary_user_id::text AS primary
  FROM unnest($1::text[], $2::text[]) AS w(type, value) JOIN primary_user_tenants p
    ON p.app_id = 'public' AND p.tenant_id IN ${TENANTS} AND p.account_info_type = w.type AND p.account_info_value = w.value`;
