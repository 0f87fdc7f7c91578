import type { Millis } from './types.ts';

/** The settings of a core that keeps users. */
export interface UserConfig {
  readonly passwordResetTokenLifetime: Millis;
  readonly emailVerificationTokenLifetime: Millis;
}

const HOUR = 3_600_000;

/** The defaults of the official core's image. */
export const DEFAULT_USER_CONFIG: UserConfig = {
  passwordResetTokenLifetime: HOUR,
  emailVerificationTokenLifetime: 24 * HOUR,
};
