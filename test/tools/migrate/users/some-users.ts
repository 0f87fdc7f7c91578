import { createHash, randomUUID } from 'node:crypto';
import type { RoleName, UserId } from '../../../../lib/core/types.ts';
import type { MovedLogin, MovedToken, MovedUser, UserParts } from '../../../../lib/tools/migrate/users/user.ts';
import { CHEAP_PASSWORDS } from '../../../fixtures/user-core.ts';
import { JOINED, someEmail, somePhoneNumber, someThirdParty, someUserId } from '../../../fixtures/users.ts';

export const PASSWORD = 'correct horse 1';

export const NOTHING: UserParts = {
  login: null,
  mapping: null,
  verifiedEmails: [],
  metadata: null,
  roles: [],
  resetTokens: [],
  verificationTokens: [],
  lastActive: null,
};

const nothingOfLogin = { email: null, phoneNumber: null, thirdParty: null, passwordHash: null, isRetired: false };

/** A user with a password, as an official core keeps it. */
export async function passwordLogin(members: Partial<MovedLogin> = {}): Promise<MovedLogin> {
  const passwordHash = await CHEAP_PASSWORDS.hash(PASSWORD);
  return {
    ...nothingOfLogin,
    recipe: 'emailpassword',
    timeJoined: JOINED,
    email: someEmail(),
    passwordHash,
    ...members,
  };
}

export const providerLogin = (members: Partial<MovedLogin> = {}): MovedLogin => ({
  ...nothingOfLogin,
  recipe: 'thirdparty',
  timeJoined: JOINED,
  email: someEmail(),
  thirdParty: someThirdParty(),
  ...members,
});

export const codeLogin = (members: Partial<MovedLogin> = {}): MovedLogin => ({
  ...nothingOfLogin,
  recipe: 'passwordless',
  timeJoined: JOINED,
  email: someEmail(),
  phoneNumber: somePhoneNumber(),
  ...members,
});

export const someMovedUser = (parts: Partial<UserParts>, key: UserId = someUserId()): MovedUser => ({
  key,
  parts: { ...NOTHING, ...parts },
});

/** A token, and what is moved of it. */
export function someToken(email: string, expiry: number): { readonly token: string; readonly moved: MovedToken } {
  const token = randomUUID().repeat(4).replaceAll('-', '').slice(0, 128);
  return { token, moved: { hash: createHash('sha256').update(token).digest('hex'), email, expiry } };
}

export const role = (name: string): RoleName => name as RoleName;
