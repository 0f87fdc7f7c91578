import type { Email, Millis, PhoneNumber, ThirdPartyId, ThirdPartyUserId, UserId } from '../../types.ts';

/** The recipes by which a user can log in. */
export const RECIPE_IDS = ['emailpassword', 'thirdparty', 'passwordless'] as const;
export type RecipeId = (typeof RECIPE_IDS)[number];

/** A user of a third-party provider. */
export interface ThirdParty {
  readonly id: ThirdPartyId;
  readonly userId: ThirdPartyUserId;
}

/** One way of a user to log in. */
export interface LoginMethod {
  /** The external id if the user has one. */
  readonly recipeUserId: UserId;
  readonly recipe: RecipeId;
  readonly timeJoined: Millis;
  readonly email: Email | undefined;
  readonly phoneNumber: PhoneNumber | undefined;
  readonly thirdParty: ThirdParty | undefined;
  /** Of the email. True for a login method with a phone number alone. */
  readonly isVerified: boolean;
}

/** A user: one login method, or several that are linked. Oldest first. */
export interface User {
  /** The external id if the user has one. */
  readonly id: UserId;
  readonly isPrimary: boolean;
  readonly loginMethods: readonly [LoginMethod, ...LoginMethod[]];
}

/** When the user joined: by the oldest login method. */
export const timeJoinedOf = ({ loginMethods }: User): Millis => loginMethods[0].timeJoined;
