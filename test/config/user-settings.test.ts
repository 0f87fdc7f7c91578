import { readCoreServerConfig } from '../../lib/config/core-server-config.ts';
import type { Environment } from '../../lib/config/environment.ts';

const read = (environment: Environment) => readCoreServerConfig(environment);

test("without variables, tokens live as long as the official core's, and passwords are hashed by Argon2id", () => {
  expect(read({}).userSettings).toEqual({
    users: {
      passwordResetTokenLifetime: 3_600_000,
      emailVerificationTokenLifetime: 86_400_000,
      passwordlessCodeLifetime: 900_000,
      passwordlessMaxCodeInputAttempts: 5,
    },
    passwords: {
      algorithm: 'ARGON2',
      argon2: { memory: 87_795, iterations: 1, parallelism: 2 },
      bcryptRounds: 11,
      firebaseSignerKey: undefined,
    },
  });
});

test("the official image's variables are read", () => {
  const { userSettings } = read({
    PASSWORD_RESET_TOKEN_LIFETIME: '1000',
    EMAIL_VERIFICATION_TOKEN_LIFETIME: '2000',
    PASSWORDLESS_CODE_LIFETIME: '3000',
    PASSWORDLESS_MAX_CODE_INPUT_ATTEMPTS: '3',
    PASSWORD_HASHING_ALG: 'BCRYPT',
    BCRYPT_LOG_ROUNDS: '12',
    ARGON2_ITERATIONS: '2',
    ARGON2_MEMORY_KB: '19456',
    ARGON2_PARALLELISM: '1',
    FIREBASE_PASSWORD_HASHING_SIGNER_KEY: 'AbC+/w==',
  });
  expect(userSettings).toEqual({
    users: {
      passwordResetTokenLifetime: 1000,
      emailVerificationTokenLifetime: 2000,
      passwordlessCodeLifetime: 3000,
      passwordlessMaxCodeInputAttempts: 3,
    },
    passwords: {
      algorithm: 'BCRYPT',
      argon2: { memory: 19_456, iterations: 2, parallelism: 1 },
      bcryptRounds: 12,
      firebaseSignerKey: 'AbC+/w==',
    },
  });
});

test.each<[string, string, string]>([
  ['PASSWORD_RESET_TOKEN_LIFETIME', '0', 'be a whole number from 1 to 31622400000'],
  ['EMAIL_VERIFICATION_TOKEN_LIFETIME', '1.5', 'be a whole number from 1 to 31622400000'],
  ['PASSWORDLESS_CODE_LIFETIME', '0', 'be a whole number from 1 to 31622400000'],
  ['PASSWORDLESS_MAX_CODE_INPUT_ATTEMPTS', '0', 'be a whole number from 1 to 1000'],
  ['PASSWORD_HASHING_ALG', 'MD5', 'be one of ARGON2, BCRYPT'],
  ['BCRYPT_LOG_ROUNDS', '31', 'be a whole number from 4 to 16'],
  ['ARGON2_MEMORY_KB', '15', 'be a whole number from 16 to 1048576'],
  ['ARGON2_PARALLELISM', '0', 'be a whole number from 1 to 255'],
  ['FIREBASE_PASSWORD_HASHING_SIGNER_KEY', 'no base64!', 'be base64, as the Firebase console shows it'],
])('%s=%s is refused', (variable, value, rule) => {
  expect(() => read({ [variable]: value })).toThrow(`${variable} must ${rule}`);
});

test('on tables that are named, users are kept only if their table is named too', () => {
  const named = { SESSIONS_TABLE: 's', KEYS_TABLE: 'k', PUBLISHED_KEYS_TABLE: 'p' };
  expect(read(named).store.tables.coreUsers).toBeUndefined();
  expect(read({ ...named, CORE_USERS_TABLE: 'u' }).store.tables.coreUsers).toBe('u');
  expect(read({ DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' }).store.tables.coreUsers).toBe('supertokens-core-users');
});
