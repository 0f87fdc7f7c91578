import type { ContactKey, Millis, UserId } from '../../types.ts';
import type { PrimaryRow } from '../../user/rules/primary-row.ts';
import type { UserContext } from '../../user-context.ts';
import type { ContactClaim } from '../store/accountlinking-store.ts';
import { hasContact, type LinkContext, listersOf } from './primary-user.ts';
import { settle } from './settle.ts';

/**
 * How long a contact is left to a primary user that does not have it: another request may be about to link a login method with it.
 * Correctness does not depend on this time, because taking a contact over makes the other request fail.
 */
export const CONTACT_PATIENCE: Millis = 60_000;

/** Another primary user has the contact, or is about to get it. */
export interface HeldContact {
  readonly kind: 'held';
  readonly contact: ContactKey;
  readonly primaryId: UserId;
}

/** Claims by contact. */
export type Claims = ReadonlyMap<ContactKey, string>;

export type ClaimsResult = { readonly kind: 'claimed'; readonly claims: Claims } | HeldContact;

/** Claims contacts that a primary user does not list yet: all or none. */
export async function claimContacts(
  context: LinkContext,
  primary: PrimaryRow,
  contacts: readonly ContactKey[],
): Promise<ClaimsResult> {
  const claims = new Map<ContactKey, string>();
  for (const contact of contacts.filter((each) => !primary.claims.has(each))) {
    const result = await claimContact(context, primary.id, contact);
    if (typeof result !== 'string') {
      await giveUpClaims(context, primary.id, claims);
      return result;
    }
    claims.set(contact, result);
  }
  return { kind: 'claimed', claims };
}

/** @returns the new claim, or which other primary user has the contact */
async function claimContact(
  context: LinkContext,
  primaryId: UserId,
  contact: ContactKey,
): Promise<string | HeldContact> {
  const { stores, random, clock } = context;
  for (;;) {
    const claim = { primaryId, claim: random.uuid(), claimedAt: clock() };
    if (await stores.links.putClaim(contact, claim, undefined)) return claim.claim;
    const found = await stores.links.claimOf(contact);
    if (found === undefined) continue;
    if (found.primaryId !== primaryId && (await isHeld(context, found, contact))) {
      return { kind: 'held', contact, primaryId: found.primaryId };
    }
    // Also the primary user's own claim is replaced: a request that gives that one up must not give up this one.
    if (await stores.links.putClaim(contact, claim, found.claim)) return claim.claim;
  }
}

/**
 * Whether a contact is another primary user's. If its claim was left by a request that broke off, that request is shut out first: it
 * can then no longer link or store what it claimed, however late it goes on.
 */
async function isHeld(context: LinkContext, found: ContactClaim, contact: ContactKey): Promise<boolean> {
  for (;;) {
    const primary = await context.stores.links.get(found.primaryId);
    if (await hasContact(context, primary, contact)) return true;
    if (context.clock() < found.claimedAt + CONTACT_PATIENCE) return true;
    const settled = await settle(context, primary, listersOf(primary, contact));
    if (settled !== undefined) return settled.claims.has(contact);
  }
}

/**
 * Gives claims up that a request does not need after all. Another request of the same primary user may count on them: it is shut
 * out first.
 */
export async function giveUpClaims(context: LinkContext, primaryId: UserId, claims: Claims): Promise<void> {
  for (;;) {
    const primary = await context.stores.links.get(primaryId);
    const unlisted = [...claims].filter(([contact]) => !primary.claims.has(contact));
    if (unlisted.length === 0) return;
    if ((await settle(context, primary, [])) === undefined) continue;
    await Promise.all(unlisted.map(([contact, claim]) => context.stores.links.release(contact, claim)));
    return;
  }
}

/** Which other primary user has one of the contacts. Nothing is written, and no request that is under way counts. */
export async function otherHolderOf(
  context: Pick<UserContext, 'stores' | 'clock' | 'random'>,
  primaryId: UserId,
  contacts: readonly ContactKey[],
): Promise<HeldContact | undefined> {
  for (const contact of contacts) {
    const found = await context.stores.links.claimOf(contact);
    if (found === undefined || found.primaryId === primaryId) continue;
    const holder = await context.stores.links.get(found.primaryId);
    if (await hasContact(context, holder, contact)) return { kind: 'held', contact, primaryId: holder.id };
  }
  return undefined;
}
