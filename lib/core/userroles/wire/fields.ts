import { CdiRefusal } from '../../http/refusal.ts';
import { array, optional, queryText, required, text } from '../../http/schema.ts';
import type { Json, RoleName, UserId } from '../../types.ts';

/** DynamoDB's sort keys hold at most 1,024 bytes. */
const MAX_BYTES = 900;

const isStorable = (name: string): boolean => name.isWellFormed() && Buffer.byteLength(name) <= MAX_BYTES;

/** A role or permission as it is given. {@link roleNameOf} and {@link permissionsOf} check it. */
export const role = text;
export const permissions = optional(
  required((value) => (isTexts(array.read(value)) ? (value as readonly string[]) : undefined)),
);

const isTexts = (values: readonly Json[] = [null]): boolean => values.every((value) => typeof value === 'string');

/** Names are trimmed, and keep their case. @throws CdiRefusal 400 if nothing is left, or more than can be stored */
export function nameIn(field: string, given: string): string {
  const name = given.trim();
  if (name === '') throw new CdiRefusal(400, `Field name '${field}' cannot be an empty String`);
  if (!isStorable(name)) throw new CdiRefusal(400, `Field name '${field}' must have at most ${MAX_BYTES} bytes`);
  return name;
}

/** @throws CdiRefusal 400 */
export const roleNameOf = (given: string): RoleName => nameIn('role', given) as RoleName;

/** @returns each permission once, or `undefined` if the field is absent. @throws CdiRefusal 400 */
export function permissionsOf(given: readonly string[] | undefined): string[] | undefined {
  const names = given?.map((name) => name.trim());
  if (names?.includes('')) throw new CdiRefusal(400, "Field name 'permissions' cannot contain an empty string");
  if (names?.every(isStorable) === false) {
    throw new CdiRefusal(400, `Field name 'permissions' cannot contain a string of more than ${MAX_BYTES} bytes`);
  }
  return names && [...new Set(names)];
}

/** @throws CdiRefusal 400 */
export const queryRole = (query: URLSearchParams): RoleName => roleNameOf(queryText(query, 'role'));

/** The id of a user who can have roles. @throws CdiRefusal 400 */
export function holderOf(userId: UserId): UserId {
  if (isStorable(userId)) return userId;
  throw new CdiRefusal(400, `Field name 'userId' must have at most ${MAX_BYTES} bytes`);
}
