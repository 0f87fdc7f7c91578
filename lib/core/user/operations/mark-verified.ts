import type { Email } from '../../types.ts';
import type { UserRow } from '../rules/user-row.ts';
import { publicIdOf, type ReadContext } from './load-user.ts';

/** Notes that a user's email is verified, without a token. */
export async function markVerified({ stores }: ReadContext, row: UserRow, email: Email): Promise<void> {
  const id = publicIdOf(row);
  await stores.verification.markVerified(id, email);
  if (row.externalId === undefined) return;
  // The deletion of the user may have removed the verified emails just before, and the next user may get the external id.
  const current = await stores.users.get(row.id);
  if (current?.externalId !== id) await stores.verification.unverify(id, email);
}
