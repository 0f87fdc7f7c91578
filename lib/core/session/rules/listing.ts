import type { Millis } from '../../types.ts';
import type { SessionRow } from './row.ts';

/** An index item outlives its session by a tenth of the validity, so that few refreshes need to extend it. */
export const listedUntil = (now: Millis, refreshTokenValidity: Millis): Millis =>
  now + refreshTokenValidity + spareTime(refreshTokenValidity);

const spareTime = (refreshTokenValidity: Millis): Millis => Math.ceil(refreshTokenValidity / 10);

/**
 * Whether the session of an index item can have expired already. If not, its row is there, is just being written, or was
 * revoked.
 */
export const mayHaveExpired = (until: Millis, now: Millis, refreshTokenValidity: Millis): boolean =>
  until <= now + spareTime(refreshTokenValidity);

/** Until when the index item is to be kept once the session is valid until `now + refreshTokenValidity`. */
export function extendedListing(row: SessionRow, now: Millis, refreshTokenValidity: Millis): Millis {
  const suffices = now + refreshTokenValidity <= row.listedUntil;
  return suffices ? row.listedUntil : listedUntil(now, refreshTokenValidity);
}
