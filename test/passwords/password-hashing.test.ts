import type { PasswordHashing } from '../../lib/core/emailpassword/rules/password-hashing.ts';
import type { PasswordHash, Random } from '../../lib/core/types.ts';
import { requireArgon2 } from '../../lib/passwords/argon2.ts';
import { createPasswordHashing } from '../../lib/passwords/password-hashing.ts';
import { DEFAULT_PASSWORD_SETTINGS, type PasswordSettings } from '../../lib/passwords/password-settings.ts';
import { systemRandom } from '../fixtures/core.ts';

const CHEAP = { memory: 64, iterations: 1, parallelism: 1 };

const hashing = (settings: Partial<PasswordSettings> = {}) =>
  createPasswordHashing({ ...DEFAULT_PASSWORD_SETTINGS, argon2: CHEAP, bcryptRounds: 4, ...settings }, systemRandom);

const stored = (hash: string): PasswordHash => hash as PasswordHash;

/** The official core has verified each of them. */
const OFFICIAL: readonly [kind: string, hash: string][] = [
  ['bcrypt $2a$', '$2a$04$snpfH4kKouofj5QJW1Nz3uzTYURfveWJqYGGdlrlrhyUuPh6TDvoO'],
  ['bcrypt $2b$', '$2b$04$smg/gm9TvzKzRQ2r.l0pX.9UJAlOVDpePaPyu6rOyL1nC0n0NGt6q'],
  ['bcrypt $2y$', '$2y$04$VGIPpO7Zs..UIHA6fRgJhOjHkrXfuL8YU8VJg.zNTq.jiteCGnYBK'],
  ['argon2id', '$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$FWZ9qL+q+Vwnv/GlLF8o7Fv/W78+l9ecowcyJpGk4pk'],
];

test.each(OFFICIAL)('a hash of kind %s is checked', async (_kind, hash) => {
  expect(await hashing().matches('correct horse 1', stored(hash))).toBe(true);
  expect(await hashing().matches('battery staple 2', stored(hash))).toBe(false);
  expect(await hashing().matches('', stored(hash))).toBe(false);
});

test("a hash of Firebase is checked with the project's signer key, and not without", async () => {
  // The example of https://github.com/firebase/scrypt.
  const firebaseSignerKey = 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==';
  const tag = 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==';
  const hash = stored(`$f_scrypt$${tag}$42xEC+ixf3L2lw==$m=14$r=8$s=Bw==`);
  expect(await hashing({ firebaseSignerKey }).matches('user1password', hash)).toBe(true);
  expect(await hashing({ firebaseSignerKey }).matches('user2password', hash)).toBe(false);
  expect(await hashing().matches('user1password', hash)).toBe(false);
});

test('a new hash says by what it was made, and has a salt of its own', async () => {
  const [one, other] = [await hashing().hash('correct horse 1'), await hashing().hash('correct horse 1')];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(other).not.toBe(one);
  expect(await hashing().matches('correct horse 1', one)).toBe(true);
});

test("by default, hashes have the official core's parameters of Argon2id", async () => {
  const made = await createPasswordHashing(DEFAULT_PASSWORD_SETTINGS, systemRandom).hash('correct horse 1');
  expect(made).toMatch(/^\$argon2id\$v=19\$m=87795,t=1,p=2\$/);
});

test('with BCRYPT, new hashes are of the kind that the official core writes', async () => {
  const bcrypt = hashing({ algorithm: 'BCRYPT', bcryptRounds: 5 });
  const made = await bcrypt.hash('correct horse 1');
  expect(made).toMatch(/^\$2a\$05\$[./A-Za-z0-9]{53}$/);
  expect(await bcrypt.matches('correct horse 1', made)).toBe(true);
  expect(await hashing().matches('correct horse 1', made)).toBe(true);
});

test('passwords are kept exactly, whatever characters they have', async () => {
  for (const password of ['  Pass word é漢 ', '🦄', 'x'.repeat(10_000), '\u0000a']) {
    const made = await hashing().hash(password);
    expect(await hashing().matches(password, made)).toBe(true);
    expect(await hashing().matches(`${password} `, made)).toBe(false);
    expect(await hashing().matches(password.trim().slice(1), made)).toBe(false);
  }
});

test.each([
  '',
  'plain text',
  '$1$abcdefgh$G//4keteveJp0qb8z2DxG/',
  '$2a$04$tooShort',
  '$2a$99$snpfH4kKouofj5QJW1Nz3uzTYURfveWJqYGGdlrlrhyUuPh6TDvoO',
  '$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$',
  '$argon2id$v=16$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$FWZ9qL+q+Vwnv/GlLF8o7Fv/W78+l9ecowcyJpGk4pk',
  '$argon2id$v=19$m=4294967295,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$FWZ9qL+q+Vwnv/GlLF8o7Fv/W78+l9ecowcyJpGk4pk',
  '$argon2id$v=19$m=64,t=99999999,p=1$MDEyMzQ1Njc4OWFiY2RlZg$FWZ9qL+q+Vwnv/GlLF8o7Fv/W78+l9ecowcyJpGk4pk',
  '$f_scrypt$AAAA$AAAA$m=31$r=8$s=Bw==',
])('a hash that cannot be checked, %j, is no password, and takes the work of an unknown email', async (hash) => {
  expect(await hashesOf((passwords) => passwords.matches('correct horse 1', stored(hash)))).toBe(1);
});

test('a hash is outdated that is weaker than a new one', async () => {
  const passwords = hashing();
  for (const [kind, hash] of OFFICIAL)
    expect([kind, passwords.isOutdated(stored(hash))]).toEqual([kind, kind !== 'argon2id']);
  const strong = await hashing({ argon2: { memory: 128, iterations: 2, parallelism: 1 } }).hash('x');
  expect(passwords.isOutdated(strong)).toBe(false);
  expect(hashing({ argon2: { ...CHEAP, iterations: 2 } }).isOutdated(await passwords.hash('x'))).toBe(true);
  expect(hashing({ algorithm: 'BCRYPT' }).isOutdated(await passwords.hash('x'))).toBe(false);
});

test('without a stored hash a check hashes the password all the same, and says no', async () => {
  expect(await hashesOf((passwords) => passwords.matches('correct horse 1', undefined))).toBe(1);
});

/** How many hashes a check makes that says no: each one has a salt. */
async function hashesOf(check: (passwords: PasswordHashing) => Promise<boolean>): Promise<number> {
  let salts = 0;
  const random: Random = {
    ...systemRandom,
    bytes(length) {
      salts += 1;
      return systemRandom.bytes(length);
    },
  };
  const settings = { ...DEFAULT_PASSWORD_SETTINGS, argon2: CHEAP, firebaseSignerKey: 'AAAA' };
  expect(await check(createPasswordHashing(settings, random))).toBe(false);
  return salts;
}

test('a Node.js without Argon2 gets a message with the version that is needed', () => {
  expect(() => requireArgon2(null)).toThrow('Argon2 needs Node.js 24.7 or later');
  expect(() => requireArgon2()).not.toThrow();
});

test('hashing leaves the event loop free', async () => {
  const passwords = createPasswordHashing(DEFAULT_PASSWORD_SETTINGS, systemRandom);
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 1);
  const [ofThread, ofProcess] = [process.threadCpuUsage(), process.cpuUsage()];
  await Promise.all(Array.from({ length: 4 }, () => passwords.hash('correct horse 1')));
  const spent = { thread: process.threadCpuUsage(ofThread).user, process: process.cpuUsage(ofProcess).user };
  clearInterval(turning);
  expect(turns).toBeGreaterThan(2);
  // Processor time, because a thread that a busy machine does not run is not free either.
  expect(spent.thread).toBeLessThan(spent.process / 2);
});
