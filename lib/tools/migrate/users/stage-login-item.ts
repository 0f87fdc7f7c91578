import { newUserItem } from '../../../core/user/store/dynamodb/user-item.ts';
import type { NewUser } from '../../../core/user/store/user-store.ts';
import type { Item } from '../../../dynamodb/client.ts';
import type { MovedLogin, MovedUser } from './user.ts';

/** A user with a login method. */
export type MovedLoginUser = MovedUser & { readonly parts: { readonly login: MovedLogin } };

/** What names the claims of a user, and of the external id. */
export interface LoginClaims {
  readonly login: string;
  readonly mapping: string;
}

/** The user as the core would create it. Verified e-mails are added for themselves. */
export function newUserOf({ key, parts: { login } }: MovedLoginUser, claim: string): NewUser {
  const { recipe, timeJoined, email, phoneNumber, thirdParty, passwordHash } = login;
  return {
    id: key,
    recipe,
    email: email ?? undefined,
    phoneNumber: phoneNumber ?? undefined,
    thirdParty: (thirdParty ?? undefined) as NewUser['thirdParty'],
    passwordHash: passwordHash ?? undefined,
    timeJoined,
    isVerified: false,
    claim,
  };
}

/** The user's own item, with the external id. */
export function loginItem(record: MovedLoginUser, { login: claim, mapping: mappingClaim }: LoginClaims): Item {
  const { login, mapping } = record.parts;
  return {
    ...newUserItem(newUserOf(record, claim)),
    ...(login.isRetired && { retired: true }),
    ...(mapping !== null && {
      externalId: mapping.externalId,
      mapping: mappingClaim,
      ...(mapping.info !== null && { externalIdInfo: mapping.info }),
    }),
  };
}
