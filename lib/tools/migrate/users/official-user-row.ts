import { algorithmOf } from '../../../core/emailpassword/rules/password-hashing.ts';
import type { Email, PasswordHash, PhoneNumber, RoleName, UserId } from '../../../core/types.ts';
import { RECIPE_IDS, type RecipeId } from '../../../core/user/rules/user.ts';
import type { RefusedRecord } from '../records/record-database.ts';
import { metadataText } from './metadata-text.ts';
import { isEmptyUser, type MovedLogin, type MovedToken, type MovedUser, type UserParts } from './user.ts';

/** What an official core's tables have of one id that the core gave. PostgreSQL's `bigint` arrives as text. */
export interface OfficialUserRow {
  readonly id: string;
  readonly recipe_id: string;
  /** Its own id unless the login method is linked to another one. */
  readonly primary_id: string;
  /** Also of a primary user that has only itself. */
  readonly is_linked: boolean;
  readonly external_id: string | null;
  readonly external_id_info: string | null;
  /** `null` if the recipe's table has no row. So are all that follow, but for `tenants`. */
  readonly time_joined: string | null;
  readonly email: string | null;
  readonly password_hash: string | null;
  readonly third_party_id: string | null;
  readonly third_party_user_id: string | null;
  readonly phone_number: string | null;
  readonly tenants: readonly string[];
}

/** What hangs on ids, one by one. */
export interface UserData {
  readonly kind: 'verified' | 'metadata' | 'role' | 'active' | 'verification-token' | 'reset-token';
  readonly id: string;
  /** An e-mail, a metadata text, a role, or a time. */
  readonly value: string;
  readonly token: string | null;
  readonly expiry: string | null;
}

/** @param row `undefined` for an id that the core did not give */
export function readOfficialUser(
  id: string,
  row: OfficialUserRow | undefined,
  data: readonly UserData[],
): MovedUser | RefusedRecord | undefined {
  const refusal = row && refusalOfLogin(row);
  if (refusal !== undefined) return { key: id, reason: refusal };
  // Only there does the core look it up, even if there is more under its own id.
  const home = row?.external_id ?? id;
  const at = (kind: UserData['kind'], ...ids: readonly string[]) =>
    data.filter((each) => each.kind === kind && ids.includes(each.id));
  const [text] = at('metadata', home).map(({ value }) => metadataText(value));
  if (text === undefined && at('metadata', home).length > 0)
    return { key: id, reason: 'its metadata is no JSON object' };
  const times = at('active', id, home).map(({ value }) => Number(value));
  const parts: UserParts = {
    login: row === undefined ? null : loginIn(row),
    mapping:
      row === undefined || row.external_id === null
        ? null
        : { externalId: row.external_id as UserId, info: row.external_id_info },
    verifiedEmails: at('verified', home).map(textOf).sort(),
    metadata: text ?? null,
    roles: (at('role', home).map(textOf) as RoleName[]).sort(),
    resetTokens: at('reset-token', id).map(tokenIn).sort(byHash),
    verificationTokens: at('verification-token', home).map(tokenIn).sort(byHash),
    lastActive: times.length === 0 ? null : Math.max(...times),
  };
  return isEmptyUser(parts) ? undefined : { key: id as UserId, parts };
}

const textOf = ({ value }: UserData): string => value;
const tokenIn = ({ value, token, expiry }: UserData): MovedToken => ({
  hash: token ?? '',
  email: value,
  expiry: Number(expiry),
});
const byHash = (one: MovedToken, other: MovedToken): number => (one.hash < other.hash ? -1 : 1);

const isRecipe = (recipe: string): recipe is RecipeId => RECIPE_IDS.some((id) => id === recipe);

/** Whether the login method was removed, and its id lives on as a primary user's. */
const isRetired = ({ time_joined, is_linked }: OfficialUserRow): boolean => time_joined === null && is_linked;

function refusalOfLogin(row: OfficialUserRow): string | undefined {
  const { recipe_id: recipe, time_joined, tenants, password_hash: hash, email, phone_number } = row;
  if (!isRecipe(recipe)) return `of the recipe ${recipe}, which the built-in core does not have`;
  if (time_joined === null) return undefined;
  if (tenants.length === 0) return 'of no tenant';
  if (!tenants.includes('public')) return `of tenant ${tenants.join(', ')}`;
  if (recipe === 'emailpassword' && algorithmOf(hash ?? '') === undefined) {
    return 'its password hash is none of bcrypt, Argon2 or Firebase';
  }
  return email === null && phone_number === null ? 'it has neither an e-mail nor a phone number' : undefined;
}

/** An id whose login method is gone, and to which nothing is linked, is as an id that the core did not give. */
function loginIn(row: OfficialUserRow): MovedLogin | null {
  const recipe = row.recipe_id as RecipeId;
  if (row.time_joined === null) return isRetired(row) ? retiredLogin(recipe) : null;
  const { third_party_id: id, third_party_user_id: userId } = row;
  return {
    recipe,
    timeJoined: Number(row.time_joined),
    email: row.email as Email | null,
    phoneNumber: row.phone_number as PhoneNumber | null,
    thirdParty: id === null || userId === null ? null : { id, userId },
    passwordHash: row.password_hash as PasswordHash | null,
    isRetired: false,
  };
}

const retiredLogin = (recipe: RecipeId): MovedLogin => ({
  recipe,
  timeJoined: 0,
  email: null,
  phoneNumber: null,
  thirdParty: null,
  passwordHash: null,
  isRetired: true,
});
