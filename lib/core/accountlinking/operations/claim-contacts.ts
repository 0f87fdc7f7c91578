import type { ContactKey, Millis, UserId } from '../../types.ts';
import { allListed, type PrimaryRow } from '../../user/rules/primary-row.ts';
import type { UserContext } from '../../user-context.ts';
import type { ContactClaim } from '../store/accountlinking-store.ts';
import { hasContact, type LinkContext, listersOf } from './primary-user.ts';
import { settle } from './settle.ts';

/**
 * How long a contact is left to a primary user that does not have it. Another request may be about to link a login
 * method with it. Correctness does not depend on this time, because taking a contact over makes the other request fail.
 */
const CONTACT_PATIENCE: Millis = 60_000;

/** Another primary user has the contact, or is about to get it. */
export interface HeldContact {
  readonly kind: 'held';
  readonly contact: ContactKey;
  readonly primaryId: UserId;
}

/** `claimed`: what the primary user did not list yet. */
export type ClaimsResult = { readonly kind: 'claimed'; readonly contacts: readonly ContactKey[] } | HeldContact;

/** Claims contacts, as far as a primary user does not list them yet: all or none. */
export async function claimContacts(
  context: LinkContext,
  primary: PrimaryRow,
  contacts: readonly ContactKey[],
): Promise<ClaimsResult> {
  const listed = allListed(primary);
  const claimed: ContactKey[] = [];
  for (const contact of contacts.filter((each) => !listed.has(each))) {
    const held = await claimContact(context, primary, contact);
    if (held !== undefined) {
      await giveUpClaims(context, primary, claimed);
      return held;
    }
    claimed.push(contact);
  }
  return { kind: 'claimed', contacts: claimed };
}

/** @returns which other primary user has the contact, if there is one */
async function claimContact(
  context: LinkContext,
  { id: primaryId, version }: PrimaryRow,
  contact: ContactKey,
): Promise<HeldContact | undefined> {
  const { stores, random, clock } = context;
  for (;;) {
    const claim = { primaryId, claim: random.uuid(), version, claimedAt: clock() };
    if (await stores.links.putClaim(contact, claim, undefined)) return undefined;
    const found = await stores.links.claimOf(contact);
    if (found === undefined) continue;
    if (found.primaryId !== primaryId && (await isHeld(context, found, contact))) {
      return { kind: 'held', contact, primaryId: found.primaryId };
    }
    // A claim of the same primary user for an earlier version is replaced too. The request that made it may be about to
    // give it up.
    if (found.primaryId === primaryId && found.version >= version) return undefined;
    if (await stores.links.putClaim(contact, claim, found.claim)) return undefined;
  }
}

/**
 * Whether a contact is another primary user's. If a request left the claim and broke off, that request is shut out
 * first. It can then no longer link or store what it claimed, however late it continues.
 */
async function isHeld(context: LinkContext, found: ContactClaim, contact: ContactKey): Promise<boolean> {
  for (;;) {
    const primary = await context.stores.links.get(found.primaryId);
    if (await hasContact(context, primary, contact)) return true;
    if (context.clock() < found.claimedAt + CONTACT_PATIENCE) return true;
    const settled = await settle(context, primary, listersOf(primary, contact));
    if (settled !== undefined) return allListed(settled).has(contact);
  }
}

/**
 * Gives claims up that a request does not need after all. Another request that has read the same version of the primary
 * user may rely on them. That request is shut out first.
 */
export async function giveUpClaims(
  context: LinkContext,
  read: PrimaryRow,
  contacts: readonly ContactKey[],
): Promise<void> {
  if (contacts.length === 0) return;
  for (;;) {
    const found = await context.stores.links.get(read.id);
    const primary = found.version === read.version ? await settle(context, found, []) : found;
    if (primary === undefined) continue;
    const listed = allListed(primary);
    const unlisted = contacts.filter((contact) => !listed.has(contact));
    await Promise.all(unlisted.map((contact) => context.stores.links.release(contact, read.id, primary.version)));
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
