import type { CoreContext } from '../../context.ts';
import type { SessionHandle } from '../../types.ts';
import type { SessionRow } from '../rules/row.ts';

/** A session that has not expired; DynamoDB's TTL deletes late. */
export async function liveRow(
  { store, clock }: Pick<CoreContext, 'store' | 'clock'>,
  handle: SessionHandle,
): Promise<SessionRow | undefined> {
  const row = await store.sessions.get(handle);
  return row !== undefined && row.expiry > clock() ? row : undefined;
}
