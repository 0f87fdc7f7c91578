import type { Millis } from '../../types.ts';
import type { SessionRow } from './row.ts';

/** An index item outlives its session by a tenth of the validity, so that few refreshes need to extend it. */
export const listedUntil = (now: Millis, refreshTokenValidity: Millis): Millis =>
  now + refreshTokenValidity + Math.ceil(refreshTokenValidity / 10);

/** Until when the index item is to be kept once the session is valid until `now + refreshTokenValidity`. */
export function extendedListing(row: SessionRow, now: Millis, refreshTokenValidity: Millis): Millis {
  const suffices = now + refreshTokenValidity <= row.listedUntil;
  return suffices ? row.listedUntil : listedUntil(now, refreshTokenValidity);
}
