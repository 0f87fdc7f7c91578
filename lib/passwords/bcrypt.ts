/** Loaded at the first hash by bcrypt: most users have none. */
const load = () => import('bcryptjs');

/** Hashes a password with bcrypt at a cost of `2^rounds`. Bytes after the 72nd do not count. */
export async function bcrypt(password: string, rounds: number): Promise<string> {
  const { genSalt, hash } = await load();
  // `$2a$`, which the official core writes, and `$2b$` name the same algorithm.
  return (await hash(password, await genSalt(rounds))).replace(/^\$2b\$/, '$2a$');
}

/** @returns whether the hash is that password's; `undefined` for a hash that cannot be read */
export async function matchesBcrypt(password: string, stored: string): Promise<boolean | undefined> {
  if (!BCRYPT.test(stored)) return undefined;
  const { compare } = await load();
  return compare(password, stored.replace(/^\$2[xy]\$/, '$2a$'));
}

/** At most 2^19 rounds: one more doubles the time, and bcryptjs works on the event loop. */
const BCRYPT = /^\$2[abxy]\$(0[4-9]|1\d)\$[./A-Za-z0-9]{53}$/;
