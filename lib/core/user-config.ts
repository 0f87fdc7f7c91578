import type { Millis } from './types.ts';

/** The settings of a core that keeps users. */
export interface UserConfig {
  readonly passwordResetTokenLifetime: Millis;
  readonly emailVerificationTokenLifetime: Millis;
  readonly passwordlessCodeLifetime: Millis;
  /** A failed attempt to type a code is counted for its device, and this many end the device. */
  readonly passwordlessMaxCodeInputAttempts: number;
}

const HOUR = 3_600_000;

/** The defaults of the official core's image. */
export const DEFAULT_USER_CONFIG: UserConfig = {
  passwordResetTokenLifetime: HOUR,
  emailVerificationTokenLifetime: 24 * HOUR,
  passwordlessCodeLifetime: HOUR / 4,
  passwordlessMaxCodeInputAttempts: 5,
};
