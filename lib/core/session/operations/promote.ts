import type { CoreContext } from '../../context.ts';
import type { Hash2 } from '../../types.ts';
import { extendedListing } from '../rules/listing.ts';
import type { SessionRow } from '../rules/row.ts';

/**
 * Makes a child of the live refresh token the live one (CDI up to 5.5, on its first use).
 * @returns the row after it; `undefined` if another request changed it first
 */
export function promote(
  { store, clock, config }: CoreContext,
  row: SessionRow,
  child: Hash2,
  useStaticKey = row.useStaticKey,
): Promise<SessionRow | undefined> {
  const now = clock();
  return store.sessions.rotate(
    row,
    {
      current: child,
      prev: row.current,
      rotatedAt: now,
      retired: [],
      expiry: now + config.refreshTokenValidity,
      listedUntil: extendedListing(row, now, config.refreshTokenValidity),
      useStaticKey,
    },
    now,
  );
}
