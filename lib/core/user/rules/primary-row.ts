import type { ContactKey, UserId } from '../../types.ts';
import type { UserRow } from './user-row.ts';

/**
 * A primary user, as the store keeps it: the login methods that may belong to it, and what each of them may have. A login method
 * belongs to it only if the login method's own item says so, too.
 */
export interface PrimaryRow {
  readonly id: UserId;
  /** By login method. A login method is listed before it is linked, and a contact before the login method gets it. */
  readonly members: ReadonlyMap<UserId, readonly ContactKey[]>;
  /** Changes with every write. 0 if nothing is stored. */
  readonly version: number;
}

/** The contacts of one login method that the primary user lists. */
export const listedContacts = ({ members }: PrimaryRow, id: UserId): readonly ContactKey[] => members.get(id) ?? [];

/** Every contact that the primary user lists for one of the login methods. */
export const allListed = ({ members }: Pick<PrimaryRow, 'members'>): ReadonlySet<ContactKey> =>
  new Set([...members.values()].flat());

/** Whether a login method is linked to the primary user: both must say so. */
export const isMember = ({ id, members }: PrimaryRow, row: Pick<UserRow, 'id' | 'primaryId'>): boolean =>
  row.primaryId === id && members.has(row.id);
