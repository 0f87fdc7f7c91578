import type { Millis, RefreshToken, ReuseSubtype } from '../../types.ts';
import type { SessionRow } from '../rules/row.ts';
import type { OpenedToken } from '../rules/successor.ts';

export interface RefreshSessionInput {
  readonly refreshToken: string;
  readonly antiCsrfToken: string | undefined;
  readonly enableAntiCsrf: boolean;
  /** Kept as it is if absent (up to CDI 4.0). */
  readonly useDynamicSigningKey: boolean | undefined;
  readonly accessTokenValidity: Millis | undefined;
}

/** What the rules made of a refresh token. */
export type RefreshOutcome =
  | {
      readonly kind: 'refreshed';
      readonly row: SessionRow;
      readonly successor: OpenedToken;
      readonly createdAt: Millis;
      /** Until when the client is to keep the successor; the row's expiry if absent. */
      readonly expiry?: Millis;
      /** The token that the access token names as its parent; only in two phases. */
      readonly parent?: RefreshToken;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'reuse'; readonly row: SessionRow; readonly subtype: ReuseSubtype };
