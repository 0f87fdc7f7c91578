import type { UserId } from '../../../core/types.ts';
import { canBeSought } from '../../../core/user/rules/sought-text.ts';
import { thirdPartyOf } from '../../../core/user/rules/third-party.ts';
import { MAX_METADATA_BYTES } from '../../../core/usermetadata/operations/metadata.ts';
import { bytesOf, MAX_ITEM_BYTES, MAX_TEXT_BYTES } from '../records/item-limits.ts';
import type { MovedLogin, MovedUser, UserParts } from './user.ts';

/** An id of a user with a login method is part of a sort key, after an e-mail of up to 900 bytes. */
const MAX_ID_BYTES = 100;
/** DynamoDB's partition keys have at most 2,048 bytes. */
const MAX_DATA_ID_BYTES = 2000;

/** Why our tables cannot keep a user; `undefined` if they can. */
export function limitOn({ key, parts }: MovedUser): string | undefined {
  const dataId = parts.mapping?.externalId ?? key;
  if (parts.login === null && parts.resetTokens.length > 0)
    return 'it has tokens of a password reset, and no login method';
  return (
    (parts.login === null ? undefined : limitOnLogin(key, parts.login)) ??
    limitOnId(dataId, parts) ??
    limitOnMetadata(parts.metadata) ??
    limitOnItem(parts)
  );
}

function limitOnLogin(id: UserId, login: MovedLogin): string | undefined {
  if (!isText(id) || id.includes('#') || bytesOf(id) > MAX_ID_BYTES) {
    return `its id must have at most ${MAX_ID_BYTES} bytes and no #`;
  }
  if (login.isRetired) return undefined;
  const { recipe, email, phoneNumber, thirdParty, passwordHash } = login;
  for (const text of [email, phoneNumber]) {
    if (text !== null && !canBeSought(text))
      return `its e-mail or phone number is empty, or has more than ${MAX_TEXT_BYTES} bytes`;
  }
  if (thirdParty !== null && thirdPartyOf(thirdParty.id, thirdParty.userId) === undefined) {
    return 'its id at the provider is empty or too long';
  }
  if (recipe === 'emailpassword' && (email === null || passwordHash === null)) return 'it has no e-mail or no password';
  if (recipe === 'thirdparty' && (email === null || thirdParty === null))
    return 'it has no e-mail or no id at a provider';
  if (recipe === 'passwordless' && email === null && phoneNumber === null)
    return 'it has no e-mail and no phone number';
  return undefined;
}

function limitOnId(dataId: UserId, { roles }: UserParts): string | undefined {
  if (!isText(dataId) || bytesOf(dataId) > MAX_DATA_ID_BYTES) {
    return `its id is empty, or has more than ${MAX_DATA_ID_BYTES} bytes`;
  }
  if (roles.length === 0 || bytesOf(dataId) <= MAX_TEXT_BYTES) return undefined;
  return `its id has ${bytesOf(dataId)} bytes, and ids of users with roles have ${MAX_TEXT_BYTES} at most`;
}

const isText = (text: string): boolean => text !== '' && text.isWellFormed();

function limitOnMetadata(metadata: string | null): string | undefined {
  if (metadata === null) return undefined;
  const bytes = bytesOf(metadata);
  return bytes > MAX_METADATA_BYTES
    ? `its metadata has ${bytes} bytes of JSON, and the stage keeps ${MAX_METADATA_BYTES} at most`
    : undefined;
}

/** Names of attributes count too: those of verified e-mails have 41 bytes, and those of series 45 and a value of 36. */
function limitOnItem({ verifiedEmails, verificationTokens, mapping }: UserParts): string | undefined {
  const emails = verifiedEmails.reduce((sum, email) => sum + bytesOf(email) + 41, 0);
  const series = new Set(verificationTokens.map(({ email }) => email)).size * 81;
  const bytes = emails + series + bytesOf(mapping?.info ?? '');
  return bytes > MAX_ITEM_BYTES
    ? `its verified e-mails and the note on its external id have ${bytes} bytes, too many for one DynamoDB item`
    : undefined;
}
