import type { CoreContext } from '../../context.ts';
import type { Millis } from '../../types.ts';
import type { SessionRow } from '../rules/row.ts';
import type { RefreshSessionInput } from './refresh-outcome.ts';

/** Whether the static key is to sign the session's next access token. The session keeps its key if the caller chooses none. */
export const wantsStaticKey = (
  row: SessionRow,
  { useDynamicSigningKey }: Pick<RefreshSessionInput, 'useDynamicSigningKey'>,
): boolean => (useDynamicSigningKey === undefined ? row.useStaticKey : !useDynamicSigningKey);

/** Stores which kind of key signs. @returns the row with it; `undefined` if another request changed the row first */
export async function withSigningKey(
  { store }: Pick<CoreContext, 'store'>,
  row: SessionRow,
  useStaticKey: boolean,
  now: Millis,
): Promise<SessionRow | undefined> {
  if (row.useStaticKey === useStaticKey) return row;
  const isStored = await store.sessions.setSigningKey(row.handle, row.current, useStaticKey, now);
  return isStored ? { ...row, useStaticKey } : undefined;
}
