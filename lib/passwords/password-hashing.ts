import { algorithmOf, type PasswordHashing } from '../core/emailpassword/rules/password-hashing.ts';
import type { PasswordHash, Random } from '../core/types.ts';
import { argon2id, argon2SaltBytes, isWeakerArgon2, matchesArgon2, requireArgon2 } from './argon2.ts';
import { bcrypt, matchesBcrypt } from './bcrypt.ts';
import { matchesFirebaseScrypt } from './firebase-scrypt.ts';
import type { PasswordSettings } from './password-settings.ts';

/** @throws Error if this Node.js has no Argon2 */
export function createPasswordHashing(settings: PasswordSettings, random: Random): PasswordHashing {
  requireArgon2();
  const hash = async (password: string): Promise<PasswordHash> => {
    const { algorithm, argon2, bcryptRounds } = settings;
    const made =
      algorithm === 'BCRYPT'
        ? bcrypt(password, bcryptRounds)
        : argon2id(password, argon2, random.bytes(argon2SaltBytes));
    return (await made) as PasswordHash;
  };
  return {
    hash,
    async matches(password, stored) {
      const isRight = stored === undefined ? undefined : await matchesStored(password, stored, settings);
      // Without a hash that can be checked, the time must not tell so.
      if (isRight === undefined) await hash(password);
      return isRight ?? false;
    },
    isOutdated: (stored) => settings.algorithm === 'ARGON2' && isWeakerArgon2(stored, settings.argon2),
    knowsFirebase: settings.firebaseSignerKey !== undefined,
  };
}

/** @returns `undefined` if the hash cannot be checked */
async function matchesStored(
  password: string,
  stored: PasswordHash,
  { firebaseSignerKey }: PasswordSettings,
): Promise<boolean | undefined> {
  switch (algorithmOf(stored)) {
    case 'argon2':
      return matchesArgon2(password, stored);
    case 'bcrypt':
      return matchesBcrypt(password, stored);
    case 'firebase_scrypt':
      return firebaseSignerKey === undefined ? undefined : matchesFirebaseScrypt(password, stored, firebaseSignerKey);
    case undefined:
      return undefined;
  }
}
