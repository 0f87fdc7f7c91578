import type { Call } from '../../http/call.ts';
import { isAtLeast } from '../../http/versions.ts';
import type { JsonObject } from '../../types.ts';
import type { LoggedIn } from '../operations/load-user.ts';
import { type LoginMethod, type ThirdParty, timeJoinedOf, type User } from '../rules/user.ts';

/** A user as every version from 4.0 on gets it: with all login methods. */
export const describeUser = (user: User, { version }: Call): JsonObject => ({
  id: user.id,
  isPrimaryUser: user.isPrimary,
  tenantIds: ['public'],
  timeJoined: timeJoinedOf(user),
  emails: distinct(user.loginMethods.map(({ email }) => email)),
  phoneNumbers: distinct(user.loginMethods.map(({ phoneNumber }) => phoneNumber)),
  thirdParty: user.loginMethods.flatMap(({ thirdParty }) => thirdParty ?? []).map(describeThirdParty),
  ...(isAtLeast(version, '5.3') && { webauthn: { credentialIds: [] } }),
  loginMethods: user.loginMethods.map(describeLoginMethod),
});

const describeLoginMethod = (method: LoginMethod): JsonObject => ({
  tenantIds: ['public'],
  recipeUserId: method.recipeUserId,
  verified: method.isVerified,
  timeJoined: method.timeJoined,
  recipeId: method.recipe,
  ...describeContacts(method),
});

const distinct = <T>(values: readonly (T | undefined)[]): T[] => [
  ...new Set(values.filter((value) => value !== undefined)),
];

const describeThirdParty = ({ id, userId }: ThirdParty): JsonObject => ({ id, userId });

const describeContacts = ({ email, phoneNumber, thirdParty }: LoginMethod): JsonObject => ({
  ...(email !== undefined && { email }),
  ...(phoneNumber !== undefined && { phoneNumber }),
  ...(thirdParty !== undefined && { thirdParty: describeThirdParty(thirdParty) }),
});

/** A user as versions before 4.0 get it: they know one login method of a user, which is the oldest one. */
const describeOldUser = ({ id, loginMethods }: User): JsonObject => ({
  id,
  timeJoined: loginMethods[0].timeJoined,
  tenantIds: ['public'],
  ...describeContacts(loginMethods[0]),
});

/** A user in the form of the caller's version. */
export const describeUserFor = (user: User, call: Call): JsonObject =>
  isAtLeast(call.version, '4.0') ? describeUser(user, call) : describeOldUser(user);

/** A user in a list. For versions before 4.0, the recipe stands next to the user. */
export const describeListedUser = (user: User, call: Call): JsonObject =>
  isAtLeast(call.version, '4.0')
    ? describeUser(user, call)
    : { recipeId: user.loginMethods[0].recipe, user: describeOldUser(user) };

/** A user who has logged in by one of the login methods. */
export const describeLoggedIn = ({ user, recipeUserId }: LoggedIn, call: Call): JsonObject => ({
  user: describeUserFor(user, call),
  ...(isAtLeast(call.version, '4.0') && { recipeUserId }),
});
