import type { Call } from '../../http/call.ts';
import { isAtLeast } from '../../http/versions.ts';
import type { JsonObject } from '../../types.ts';
import { type LoginMethod, timeJoinedOf, type User } from '../rules/user.ts';

/** A user as every version from 4.0 on is told: with all login methods. */
export const describeUser = (user: User, { version }: Call): JsonObject => ({
  id: user.id,
  isPrimaryUser: user.isPrimary,
  tenantIds: ['public'],
  timeJoined: timeJoinedOf(user),
  emails: [...new Set(user.loginMethods.map(({ email }) => email))],
  phoneNumbers: [],
  thirdParty: [],
  ...(isAtLeast(version, '5.3') && { webauthn: { credentialIds: [] } }),
  loginMethods: user.loginMethods.map(describeLoginMethod),
});

const describeLoginMethod = (method: LoginMethod): JsonObject => ({
  tenantIds: ['public'],
  recipeUserId: method.recipeUserId,
  verified: method.isVerified,
  timeJoined: method.timeJoined,
  recipeId: method.recipe,
  email: method.email,
});

/** A login method as versions before 4.0 are told: it is the user. */
export const describeOldUser = (method: LoginMethod): JsonObject => ({
  id: method.recipeUserId,
  timeJoined: method.timeJoined,
  tenantIds: ['public'],
  email: method.email,
});

/** A user in the form of the caller's version. */
export const describeUserFor = (user: User, call: Call): JsonObject =>
  isAtLeast(call.version, '4.0') ? describeUser(user, call) : describeOldUser(user.loginMethods[0]);

/** A user in a list. Versions before 4.0 are told the recipe beside the user. */
export const describeListedUser = (user: User, call: Call): JsonObject =>
  isAtLeast(call.version, '4.0')
    ? describeUser(user, call)
    : { recipeId: user.loginMethods[0].recipe, user: describeOldUser(user.loginMethods[0]) };

/** A user who has logged in by one of the login methods. */
export const describeLoggedIn = (user: User, call: Call): JsonObject => ({
  user: describeUserFor(user, call),
  ...(isAtLeast(call.version, '4.0') && { recipeUserId: user.loginMethods[0].recipeUserId }),
});
