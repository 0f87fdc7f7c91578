import type { ContactKey, UserId } from '../../types.ts';
import { contactKeysOf } from '../../user/rules/contact-key.ts';
import { allListed, isMember, type PrimaryRow } from '../../user/rules/primary-row.ts';
import type { UserRow } from '../../user/rules/user-row.ts';
import type { UserContext } from '../../user-context.ts';

/** What reading and changing primary users takes. */
export type LinkContext = Pick<UserContext, 'stores' | 'clock' | 'random'>;

/**
 * The login methods that belong to a primary user. They are read after the primary user. Until the primary user
 * changes, none of them can be unlinked, or get a contact that is not listed.
 */
export const membersOf = (context: LinkContext, primary: PrimaryRow): Promise<UserRow[]> =>
  membersAmong(context, primary, [...primary.members.keys()]);

/** Whether a login method of the primary user has the contact. */
export async function hasContact(context: LinkContext, primary: PrimaryRow, contact: ContactKey): Promise<boolean> {
  const members = await membersAmong(context, primary, listersOf(primary, contact));
  return members.some((row) => contactKeysOf(row).includes(contact));
}

async function membersAmong({ stores }: LinkContext, primary: PrimaryRow, ids: readonly UserId[]): Promise<UserRow[]> {
  const rows = await Promise.all(ids.map((id) => stores.users.get(id)));
  return rows.filter((row) => row !== undefined && isMember(primary, row)) as UserRow[];
}

/** The login methods for which a primary user lists the contact. */
export const listersOf = ({ members }: PrimaryRow, contact: ContactKey): UserId[] =>
  [...members].filter(([, contacts]) => contacts.includes(contact)).map(([id]) => id);

/**
 * Writes what a primary user lists, if it has not changed since it was read. Then gives up the contacts that are no
 * longer listed.
 * @returns the primary user as written, or `undefined` if it has changed meanwhile
 */
export async function writeMembers(
  { stores, random, clock }: LinkContext,
  read: PrimaryRow,
  members: PrimaryRow['members'],
): Promise<PrimaryRow | undefined> {
  const written = { id: read.id, members, version: read.version + 1 };
  if (!(await stores.links.replace(read, members, random.uuid(), clock()))) return undefined;
  const listed = allListed(written);
  const unlisted = [...allListed(read)].filter((contact) => !listed.has(contact));
  // A request that claims one of them again does so for a later version, and keeps it.
  await Promise.all(unlisted.map((contact) => stores.links.release(contact, read.id, written.version)));
  return written;
}
