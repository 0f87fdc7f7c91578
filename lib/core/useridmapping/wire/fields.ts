import { CdiRefusal } from '../../http/refusal.ts';
import { isUserId } from '../../http/schema.ts';
import type { UserId } from '../../types.ts';
import { USER_ID_TYPES, type UserIdType } from '../operations/find-mapping.ts';

/** DynamoDB's items have at most 400 KB, and the user's item has more than this. */
const MAX_INFO_BYTES = 64 * 1024;

/** Ids are trimmed. @throws CdiRefusal 400 if nothing is left, or more than can be stored */
export function idIn(field: string, given: string): UserId {
  const id = given.trim();
  checkNotEmpty(field, id);
  if (!isUserId(id)) throw new CdiRefusal(400, `Field name '${field}' is invalid in JSON input`);
  return id;
}

/** @throws CdiRefusal 400 if nothing is left of it, or more than can be stored */
export function infoIn(given: string | null | undefined): string | undefined {
  const info = given?.trim();
  if (info === undefined) return undefined;
  checkNotEmpty('externalUserIdInfo', info);
  if (Buffer.byteLength(info) > MAX_INFO_BYTES) {
    throw new CdiRefusal(400, `Field name 'externalUserIdInfo' must have at most ${MAX_INFO_BYTES} bytes`);
  }
  return info;
}

function checkNotEmpty(field: string, value: string): void {
  if (value === '') throw new CdiRefusal(400, `Field name '${field}' cannot be an empty String`);
}

/** @throws CdiRefusal 400 */
export function idTypeOf(given: string | null | undefined): UserIdType {
  const type = USER_ID_TYPES.find((known) => known === (given ?? 'ANY'));
  if (type !== undefined) return type;
  throw new CdiRefusal(400, "Field name 'userIdType' should be one of 'SUPERTOKENS', 'EXTERNAL' or 'ANY'");
}
