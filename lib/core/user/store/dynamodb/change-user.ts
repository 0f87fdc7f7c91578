import type { Update } from '../../../../dynamodb/client.ts';
import { both, ifEqual } from '../../../../dynamodb/conditions.ts';
import type { Millis } from '../../../types.ts';
import { type Contact, hasContact } from '../../rules/identity.ts';
import type { UserRow } from '../../rules/user-row.ts';
import type { ChangeResult, UserChange } from '../user-store.ts';
import { claimAll, giveUp, type HoldingParts, holdingsOf, putAccounts, remove } from './holdings.ts';
import { userKey } from './keys.ts';
import { IF_LIVE, liveRowOf } from './user-item.ts';

/** Changes a user who has not changed since `row` was read. */
export async function changeUser(
  parts: HoldingParts,
  row: UserRow,
  change: UserChange,
  now: Millis,
): Promise<ChangeResult> {
  const { table } = parts;
  const next = withContacts(row, change);
  if (next.email !== row.email || next.phoneNumber !== row.phoneNumber) {
    return changeContacts(parts, row, next, change, now);
  }
  const { passwordHash } = change;
  if (passwordHash === undefined) return 'changed';
  const changed = await table.update(userKey(row.id), { set: { passwordHash }, condition: IF_LIVE });
  return changed === undefined ? 'overtaken' : 'changed';
}

/** The user as the change leaves it. */
function withContacts(row: UserRow, { email, phoneNumber, claim }: UserChange): UserRow {
  const isEmailNew = email !== undefined && (email ?? undefined) !== row.email;
  const isPhoneNew = phoneNumber !== undefined && (phoneNumber ?? undefined) !== row.phoneNumber;
  return {
    ...row,
    ...(isEmailNew && { email: email ?? undefined, claim: email === null ? row.claim : claim }),
    ...(isPhoneNew && { phoneNumber: phoneNumber ?? undefined, phoneClaim: phoneNumber === null ? undefined : claim }),
  };
}

/** First the claims of the new contacts, then the user, then what leads to the old contacts. */
async function changeContacts(
  parts: HoldingParts,
  row: UserRow,
  next: UserRow,
  change: UserChange,
  now: Millis,
): Promise<ChangeResult> {
  const { table } = parts;
  const gained = holdingsOf(next).filter(({ contact }) => !hasContact(row, contact));
  const claimed = await claimAll(parts, gained, now);
  if (claimed.taken !== undefined) return takenResultOf(claimed.taken);
  await putAccounts(parts, gained);
  const changed = await table.update(userKey(row.id), updateTo(next, change, row.version));
  const item = changed ?? (await table.get(userKey(row.id)));
  // The condition also fails when our own write happened and only its acknowledgement was lost.
  if (item?.lastChange === change.claim) {
    await remove(
      parts,
      holdingsOf(row).filter(({ contact }) => !hasContact(next, contact)),
    );
    return 'changed';
  }
  const current = liveRowOf(item);
  const isLacked = (contact: Contact): boolean => current === undefined || !hasContact(current, contact);
  await giveUp(
    parts,
    claimed.pending.filter(({ contact }) => isLacked(contact)),
    now,
  );
  return 'overtaken';
}

const takenResultOf = ({ kind }: Contact): ChangeResult =>
  kind === 'phone-number' ? 'phone-number-taken' : 'email-taken';

/** The write of the user's own item. */
function updateTo(next: UserRow, { claim, passwordHash, replacedHash }: UserChange, version: number): Update {
  const { email, phoneNumber, phoneClaim } = next;
  const isUnchanged = both(IF_LIVE, ifEqual('version', version));
  return {
    set: {
      lastChange: claim,
      claim: next.claim,
      ...(email !== undefined && { email }),
      ...(phoneNumber !== undefined && { phoneNumber }),
      ...(phoneClaim !== undefined && { phoneClaim }),
      ...(passwordHash !== undefined && { passwordHash }),
    },
    remove: [
      ...(email === undefined ? ['email'] : []),
      ...(phoneNumber === undefined ? ['phoneNumber', 'phoneClaim'] : []),
    ],
    add: { version: 1 },
    condition: replacedHash === undefined ? isUnchanged : both(isUnchanged, ifEqual('passwordHash', replacedHash)),
  };
}
