import { DEFAULT_USER_CONFIG, type UserConfig } from '../core/user-config.ts';
import { DEFAULT_PASSWORD_SETTINGS, type PasswordSettings } from '../passwords/password-settings.ts';
import type { Variables } from './variables.ts';

/** The settings of a core that keeps users. */
export interface UserSettings {
  readonly users: UserConfig;
  readonly passwords: PasswordSettings;
}

const YEAR = 366 * 86_400_000;

/** bcryptjs works on the event loop, and each further round doubles the time. */
const MOST_BCRYPT_ROUNDS = 16;

/** Reads the settings for users, by the official image's names. */
export function readUserSettings(variables: Variables): UserSettings {
  const usual = DEFAULT_USER_CONFIG;
  const lifetime = (name: string, fallback: number) => variables.number(name, fallback, 1, YEAR, 'whole');
  return {
    users: {
      passwordResetTokenLifetime: lifetime('PASSWORD_RESET_TOKEN_LIFETIME', usual.passwordResetTokenLifetime),
      emailVerificationTokenLifetime: lifetime(
        'EMAIL_VERIFICATION_TOKEN_LIFETIME',
        usual.emailVerificationTokenLifetime,
      ),
      passwordlessCodeLifetime: lifetime('PASSWORDLESS_CODE_LIFETIME', usual.passwordlessCodeLifetime),
      passwordlessMaxCodeInputAttempts: variables.number(
        'PASSWORDLESS_MAX_CODE_INPUT_ATTEMPTS',
        usual.passwordlessMaxCodeInputAttempts,
        1,
        1000,
        'whole',
      ),
    },
    passwords: readPasswordSettings(variables),
  };
}

function readPasswordSettings(variables: Variables): PasswordSettings {
  const { algorithm, argon2, bcryptRounds } = DEFAULT_PASSWORD_SETTINGS;
  const parallelism = variables.number('ARGON2_PARALLELISM', argon2.parallelism, 1, 255, 'whole');
  const signerKey = variables.optional('FIREBASE_PASSWORD_HASHING_SIGNER_KEY');
  variables.check(
    'FIREBASE_PASSWORD_HASHING_SIGNER_KEY',
    signerKey === undefined || /^[A-Za-z0-9+/]+=*$/.test(signerKey),
    'be base64, as the Firebase console shows it',
  );
  return {
    algorithm: variables.oneOf('PASSWORD_HASHING_ALG', ['ARGON2', 'BCRYPT']) ?? algorithm,
    argon2: {
      memory: variables.number('ARGON2_MEMORY_KB', argon2.memory, 8 * parallelism, 1024 * 1024, 'whole'),
      iterations: variables.number('ARGON2_ITERATIONS', argon2.iterations, 1, 100, 'whole'),
      parallelism,
    },
    bcryptRounds: variables.number('BCRYPT_LOG_ROUNDS', bcryptRounds, 4, MOST_BCRYPT_ROUNDS, 'whole'),
    firebaseSignerKey: signerKey,
  };
}
