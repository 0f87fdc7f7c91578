import { refusalOfUser } from '../../../../lib/tools/migrate/users/official-user-limits.ts';
import type { MovedUser } from '../../../../lib/tools/migrate/users/user.ts';

const USER = {
  key: 'u'.repeat(36),
  parts: {
    login: {
      recipe: 'thirdparty',
      timeJoined: 1,
      email: 'e'.repeat(256),
      phoneNumber: null,
      thirdParty: { id: 'p'.repeat(28), userId: 't'.repeat(256) },
      passwordHash: null,
      isRetired: false,
    },
    mapping: { externalId: 'x'.repeat(128), info: 'i'.repeat(10_000) },
    verifiedEmails: ['v'.repeat(256)],
    metadata: JSON.stringify({ a: 'm'.repeat(10_000) }),
    roles: ['r'.repeat(255)],
    resetTokens: [{ hash: 'h'.repeat(128), email: 'l'.repeat(256), expiry: 1 }],
    verificationTokens: [],
    lastActive: 1,
  },
} as unknown as MovedUser;

const withParts = (parts: object): MovedUser => ({ ...USER, parts: { ...USER.parts, ...parts } });
const withLogin = (login: object): MovedUser => withParts({ login: { ...USER.parts.login, ...login } });

test('an official core keeps a user whose texts are as long as its columns are wide', () => {
  expect(refusalOfUser(USER)).toBeUndefined();
});

test('a character beyond the basic plane counts as one', () => {
  expect(refusalOfUser(withLogin({ email: '🎉'.repeat(256) }))).toBeUndefined();
});

test.each([
  ['id', { ...USER, key: 'u'.repeat(37) as MovedUser['key'] }, 36],
  [
    'id',
    { ...withParts({ login: null, mapping: null, resetTokens: [] }), key: 'u'.repeat(129) as MovedUser['key'] },
    128,
  ],
  ['e-mail', withLogin({ email: 'e'.repeat(257) }), 256],
  ['phone number', withLogin({ phoneNumber: '1'.repeat(257) }), 256],
  ["provider's name", withLogin({ thirdParty: { id: 'p'.repeat(29), userId: 't' } }), 28],
  ['third-party id', withLogin({ thirdParty: { id: 'p', userId: 't'.repeat(257) } }), 256],
  ['password hash', withLogin({ passwordHash: 'h'.repeat(257) }), 256],
  ['external id', withParts({ mapping: { externalId: 'x'.repeat(129), info: null } }), 128],
  ['verified e-mail', withParts({ verifiedEmails: ['v'.repeat(257)] }), 256],
  ['role', withParts({ roles: ['r'.repeat(256)] }), 255],
  ["link's e-mail", withParts({ verificationTokens: [{ hash: 'h', email: 'l'.repeat(257), expiry: 1 }] }), 256],
  ["link's hash", withParts({ verificationTokens: [{ hash: 'h'.repeat(129), email: 'l', expiry: 1 }] }), 128],
])('a %s that is too long for its column is refused', (what, user, width) => {
  expect(refusalOfUser(user)).toBe(`its ${what} has ${width + 1} characters, and an official core keeps ${width}`);
});

test.each([
  ['e-mail', withLogin({ email: 'a\0b' })],
  ['note on its external id', withParts({ mapping: { externalId: 'x', info: 'a\0b' } })],
  ['role', withParts({ roles: ['a\0b'] })],
])('a NUL character in the %s is refused', (what, user) => {
  expect(refusalOfUser(user)).toBe(`its ${what} has a NUL character, which PostgreSQL cannot store`);
});

test('half a character is refused', () => {
  expect(refusalOfUser(withParts({ roles: ['\ud83c'] }))).toBe(
    'its role has half a character, which PostgreSQL cannot store',
  );
});

test('a mapped id or a reset link without a login method is refused, because the tables need the id', () => {
  const reason = 'it has a mapped id or a link to reset a password, but no login method';
  expect(refusalOfUser(withParts({ login: null, resetTokens: [] }))).toBe(reason);
  expect(refusalOfUser(withParts({ login: null, mapping: null }))).toBe(reason);
});
