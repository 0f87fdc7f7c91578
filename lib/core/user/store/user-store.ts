import type { Email, Millis, PasswordHash, PhoneNumber, UserId } from '../../types.ts';
import type { Identity } from '../rules/identity.ts';
import type { SearchField } from '../rules/search.ts';
import type { StoredUser } from '../rules/stored-user.ts';
import type { RecipeId, ThirdParty } from '../rules/user.ts';
import type { UserRow } from '../rules/user-row.ts';

/** A user who is to be created. */
export interface NewUser extends Pick<UserRow, 'id' | 'recipe' | 'email' | 'timeJoined' | 'isVerified'> {
  readonly phoneNumber?: PhoneNumber | undefined;
  readonly thirdParty?: ThirdParty | undefined;
  readonly passwordHash?: PasswordHash | undefined;
  /** Names the claims of all that the user is found by: random, and used for nothing else. */
  readonly claim: string;
}

/** What a change of a user replaces. What is absent stays, and `null` removes. */
export interface UserChange {
  readonly email?: Email | null | undefined;
  readonly phoneNumber?: PhoneNumber | null | undefined;
  readonly passwordHash?: PasswordHash | undefined;
  /** With a new email or phone number: changes nothing unless the user still has this hash. */
  readonly replacedHash?: PasswordHash | undefined;
  /** Names the change, and the claims of the new email and phone number: random, and used for nothing else. */
  readonly claim: string;
}

/** `overtaken`: another request has changed or deleted the user since the row was read. Nothing was changed. */
export type ChangeResult = 'changed' | 'email-taken' | 'phone-number-taken' | 'overtaken';

export interface SearchRequest {
  readonly field: SearchField;
  readonly beginning: string;
  /** Which of the users found so are wanted. */
  readonly isWanted: (row: UserRow) => boolean;
  readonly limit: number;
}

/** A place in the list of users: of the user with that id, who joined at that time. */
export interface ListPosition {
  readonly id: UserId;
  readonly timeJoined: Millis;
}

export type ListOrder = 'ascending' | 'descending';

/** Whose users, of which recipes, from where on. */
export interface ListRequest {
  readonly order: ListOrder;
  readonly limit: number;
  /** The first place that belongs to the page; the beginning if absent. */
  readonly from: ListPosition | undefined;
  /** All recipes if absent. */
  readonly recipes: readonly RecipeId[] | undefined;
}

/** A page of users, each by the oldest login method. */
export interface ListedUsers {
  readonly users: readonly UserRow[];
  /** The place of the next user, if there are more. */
  readonly next: ListPosition | undefined;
  /** Places without a user: of sign-ups and deletions that are under way, or broke off. They count as users until they are removed. */
  readonly leftovers: readonly ListPosition[];
}

/**
 * Where the core keeps its users. The user's own item is the truth. Every other item points to it, and is checked
 * against it. A deleted user is found by no method.
 */
export interface UserStore {
  /**
   * Stores a new user: first the claims of the email, the phone number and the third-party id, then what lists the user, then
   * the user.
   * @returns whether it did; `false` if another user has one of them
   */
  create(user: NewUser): Promise<boolean>;

  /** Strongly consistent. */
  get(id: UserId): Promise<UserRow | undefined>;

  /** The id that the identity leads to; strongly consistent. It may be no user's. Only {@link find} says who has it. */
  holderOf(identity: Identity): Promise<UserId>;

  /** The user who has the identity; strongly consistent. */
  find(identity: Identity): Promise<UserRow | undefined>;

  /** Also a login method that was removed, and whose id lives on as a primary user's; strongly consistent. */
  getWithRetired(id: UserId): Promise<UserRow | undefined>;

  /**
   * The users to whom login methods belong, each once, in the order of the login methods. Reads, strongly consistent, only what
   * linked login methods need.
   */
  load(rows: readonly UserRow[]): Promise<StoredUser[]>;

  /**
   * The users of any recipe who have the email; strongly consistent.
   * @param always makes as many reads for an email that no user has
   */
  listByEmail(email: Email, always?: boolean): Promise<UserRow[]>;

  /** At most `limit` users whose phone number or provider begins so, or whose email or the email's domain does. */
  search(request: SearchRequest): Promise<UserRow[]>;

  /**
   * Changes a user who has not changed since `row` was read.
   * @param now when the claims of a new email and phone number are dated
   */
  change(row: UserRow, change: UserChange, now: Millis): Promise<ChangeResult>;

  /** Stores another hash of the same password. @returns whether the user still had the hash of `row` */
  renewHash(row: UserRow, passwordHash: PasswordHash): Promise<boolean>;

  /**
   * Begins the series to which the user's reset tokens belong.
   * @returns the series that is live then: this one, or the one that another request has begun. `undefined` if the user
   * was deleted
   */
  beginResetSeries(id: UserId, series: string): Promise<string | undefined>;

  /**
   * Ends a series with all its tokens, and begins the next one. In the same write, the user can get another password.
   * @returns whether the series was live
   */
  endResetSeries(id: UserId, series: string, next: string, passwordHash?: PasswordHash): Promise<boolean>;

  list(request: ListRequest): Promise<ListedUsers>;

  /** Makes the list look more closely at login methods that are linked, or are about to be: it shows all of a user as one. */
  markLinked(rows: readonly UserRow[]): Promise<void>;

  /** Removes leftovers of the list that are older than a minute. A request that may still store such a user then fails. */
  tidyList(leftovers: readonly ListPosition[], now: Millis): Promise<void>;

  /** How many users there are. It costs as much as reading what lists them. */
  count(recipes: readonly RecipeId[] | undefined): Promise<number>;

  /**
   * Marks a user as deleted: from then on the user is found by nothing. What is left of the user is removed by
   * {@link UserStore.erase}.
   * @returns the user as it was; also if it had been marked before. `undefined` if there is no such user
   */
  markDeleted(id: UserId): Promise<UserRow | undefined>;

  /** Removes a login method, and all that leads to it. Its id lives on as a primary user's. Safe to repeat. */
  retire(row: UserRow): Promise<void>;

  /** `deleted` for some days after the deletion, in which a request for the user may still be under way. */
  stateOf(id: UserId): Promise<'live' | 'deleted' | 'unknown'>;

  /** Removes all items of a user who is marked as deleted, the user's own item last. Safe to repeat. */
  erase(row: UserRow, now: Millis): Promise<void>;

  /**
   * Keeps for good what stays in the place of a user who was deleted. Another user gets the id as external id, and verified emails are
   * stored in that item.
   */
  keepErased(id: UserId): Promise<void>;
}
