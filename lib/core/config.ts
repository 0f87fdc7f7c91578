import type { Millis } from './types.ts';

/**
 * `by-version`: two phases up to CDI 5.5, rotation at refresh from 5.6 on, as the official core does. `on-refresh`:
 * rotation at refresh in every CDI version, so that verifying never reads or writes a row.
 */
type Rotation = 'by-version' | 'on-refresh';

/**
 * What a refresh token gets that is presented again within the grace window.
 * `branch`: another successor, which orphans the first, as the official core does. `same`: the first one again.
 */
type GraceReuse = 'branch' | 'same';

export interface CoreConfig {
  readonly accessTokenValidity: Millis;
  /** At most this share of a fresh access token's validity is taken off at random: 0 to 0.25. */
  readonly accessTokenValidityJitter: number;
  readonly refreshTokenValidity: Millis;
  /** How long a dynamic signing key signs before the next takes over. */
  readonly signingKeyInterval: Millis;
  /**
   * When the static signing key is made and published: `from-start`, as the official core does, or `on-demand`, when
   * something asks for it.
   */
  readonly staticKey: 'from-start' | 'on-demand';
  /** How long after a rotation the replaced refresh token may still be presented. */
  readonly gracePeriod: Millis;
  readonly recentTokenReuse: 'TOKEN_THEFT' | 'UNAUTHORISED';
  readonly rotation: Rotation;
  readonly graceReuse: GraceReuse;
  /** Any of these opens the core; none at all leaves it open. */
  readonly apiKeys: readonly string[];
  /** Before every path: empty, or `/` and more without a trailing slash. */
  readonly basePath: string;
  /** The most bytes of JSON that a session's claims may be given; no limit if absent. */
  readonly maxClaimsBytes?: number;
}

/**
 * The most bytes of JSON of the claim `aud`, in addition to {@link CoreConfig.maxClaimsBytes}. What is longer counts
 * there.
 */
export const MAX_AUDIENCE_BYTES = 200;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The defaults of the official core's image. */
export const DEFAULT_CORE_CONFIG: CoreConfig = {
  accessTokenValidity: 3600 * SECOND,
  accessTokenValidityJitter: 0.05,
  refreshTokenValidity: 144_000 * MINUTE,
  signingKeyInterval: 168 * HOUR,
  staticKey: 'from-start',
  gracePeriod: 30 * SECOND,
  recentTokenReuse: 'TOKEN_THEFT',
  rotation: 'by-version',
  graceReuse: 'branch',
  apiKeys: [],
  basePath: '',
};
