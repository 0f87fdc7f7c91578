import {
  createPasswordHashing,
  type DeriveKey,
  OWASP_COST,
  type PasswordHashing,
  type ScryptCost,
} from '../../lib/login/password-hash.ts';
import { systemRandom } from '../fixtures/core.ts';

const CHEAP: ScryptCost = { ln: 4, r: 8, p: 1 };
const cheap = createPasswordHashing({ random: systemRandom, cost: CHEAP });
const dearer = createPasswordHashing({ random: systemRandom, cost: { ...CHEAP, ln: 5 } });

/** Hashing that writes down what each derivation was asked for. */
function spied(): { hashing: PasswordHashing; asked: { salt: number; length: number; cost: ScryptCost }[] } {
  const asked: { salt: number; length: number; cost: ScryptCost }[] = [];
  const derive: DeriveKey = async (_password, salt, length, cost) => {
    asked.push({ salt: salt.length, length, cost });
    return Buffer.alloc(length);
  };
  return { hashing: createPasswordHashing({ random: systemRandom, cost: CHEAP, derive }), asked };
}

test("OWASP's cost is the default, and the real scrypt can afford it", async () => {
  const hashing = createPasswordHashing({ random: systemRandom });
  const hash = await hashing.hash('correct horse');
  expect(OWASP_COST).toEqual({ ln: 17, r: 8, p: 1 });
  expect(hash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await hashing.matches('correct horse', hash)).toBe(true);
  expect(await hashing.matches('correct house', hash)).toBe(false);
  expect(hashing.isOutdated(hash)).toBe(false);
});

test('a hash is scrypt as RFC 7914, section 12, defines it', async () => {
  const salt = Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '');
  const key = Buffer.from(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
      'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    'hex',
  ).toString('base64');
  const hash = `$scrypt$ln=14,r=8,p=1$${salt}$${key.replace(/=+$/, '')}`;
  expect(await cheap.matches('pleaseletmein', hash)).toBe(true);
  expect(await cheap.matches('pleaseletmeout', hash)).toBe(false);
});

test('two hashes of one password have different salts', async () => {
  expect(await cheap.hash('correct horse')).not.toBe(await cheap.hash('correct horse'));
});

test('a hash made at another cost still matches, and is outdated', async () => {
  const hash = await cheap.hash('correct horse');
  expect(await dearer.matches('correct horse', hash)).toBe(true);
  expect(dearer.isOutdated(hash)).toBe(true);
  expect(cheap.isOutdated(hash)).toBe(false);
});

test('without a hash nothing matches, at the cost, salt and length of a real one', async () => {
  const { hashing, asked } = spied();
  const hash = await hashing.hash('correct horse');
  expect(await hashing.matches('correct horse', hash)).toBe(true);
  // The spy derives zeros, which is what nobody's key is: even so it is no match.
  expect(await hashing.matches('correct horse', undefined)).toBe(false);
  expect(asked).toEqual(Array(3).fill({ salt: 16, length: 32, cost: CHEAP }));
});

test.each([
  [''],
  ['correct horse'],
  ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'],
  ['$scrypt$ln=4,r=8,p=1$c2FsdA'],
  ['$scrypt$ln=4,r=8,p=1$c2FsdA$aGFzaA$more'],
])('a stored text that is no hash of ours (%p) is reported, without repeating it', async (stored) => {
  await expect(cheap.matches('correct horse', stored)).rejects.toThrow(/^A stored password hash cannot be read$/);
});
