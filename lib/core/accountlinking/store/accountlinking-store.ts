import type { ContactKey, Millis, UserId } from '../../types.ts';
import type { PrimaryRow } from '../../user/rules/primary-row.ts';
import type { UserRow } from '../../user/rules/user-row.ts';

/** The claim by which a primary user holds a contact, if it lists the contact. */
export interface ContactClaim {
  readonly primaryId: UserId;
  /** Names this claim, and no other. */
  readonly claim: string;
  /**
   * The version of the primary user for which it was made. The primary user lists the contact only if it has not
   * changed since.
   */
  readonly version: number;
  readonly claimedAt: Millis;
}

/**
 * Where the core keeps which login methods are linked. Every method is one conditional write, or one strongly consistent read. The
 * order in which the operations call them keeps two primary users from sharing a contact, see docs/decisions/029-link-accounts-without-transactions.md.
 */
export interface AccountLinkingStore {
  /** A primary user. If nothing is stored, it has version 0. */
  get(id: UserId): Promise<PrimaryRow>;

  /**
   * Replaces a primary user that has not changed since it was read.
   * @param write names this write, and no other
   * @returns whether it did
   */
  replace(read: PrimaryRow, members: PrimaryRow['members'], write: string, now: Millis): Promise<boolean>;

  claimOf(contact: ContactKey): Promise<ContactClaim | undefined>;

  /**
   * @param replaced names the claim that is replaced. If absent, there must be no claim.
   * @returns whether the claim is now stored
   */
  putClaim(contact: ContactKey, claim: ContactClaim, replaced: string | undefined): Promise<boolean>;

  /** Gives a contact up, if this primary user holds it by a claim for an earlier version than this. */
  release(contact: ContactKey, primaryId: UserId, before: number): Promise<void>;

  /** Links a login method that has not changed since it was read, and is linked to nothing. @returns whether it is linked so now */
  link(row: UserRow, primaryId: UserId): Promise<boolean>;

  /** Removes the link of a login method that has not changed since it was read. @returns whether it did */
  unlink(row: UserRow): Promise<boolean>;

  /**
   * Changes nothing but the version of a login method. A request that has read it before can then no longer change its
   * contacts or its link.
   * @returns whether it did: `false` if the login method has changed meanwhile
   */
  shutOut(row: UserRow): Promise<boolean>;
}
