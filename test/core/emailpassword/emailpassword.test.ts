import type { PasswordHashing } from '../../../lib/core/emailpassword/rules/password-hashing.ts';
import type { PasswordHash, UserId } from '../../../lib/core/types.ts';
import { createPasswordHashing } from '../../../lib/passwords/password-hashing.ts';
import { DEFAULT_PASSWORD_SETTINGS } from '../../../lib/passwords/password-settings.ts';
import { systemRandom, type TestCore } from '../../fixtures/core.ts';
import { clock, core, database, useFreshUserCore } from '../../fixtures/fresh-user-core.ts';
import { CHEAP_PASSWORDS, idIn, makeUserCore } from '../../fixtures/user-core.ts';
import { someEmail } from '../../fixtures/users.ts';

/** Another process of the same installation. */
let other: TestCore;

useFreshUserCore();
beforeEach(() => {
  other = makeUserCore(database, { clock });
});

const PASSWORD = 'correct horse 1';
const OTHER_PASSWORD = 'battery staple 2';

const signUp = (email: string, password = PASSWORD, on = core) => on.ask('/recipe/signup', { email, password });
const signIn = (email: string, password = PASSWORD, on = core) => on.ask('/recipe/signin', { email, password });
const update = (userId: string, change: object, on = core) =>
  on.ask('/recipe/user', { recipeUserId: userId, ...change }, { method: 'PUT' });

async function createdUser() {
  const email = someEmail();
  return { email, id: idIn(await signUp(email)) };
}

async function resetToken({ id, email }: { readonly id: string; readonly email: string }): Promise<string> {
  const { json } = await core.ask('/recipe/user/password/reset/token', { userId: id, email });
  return String(json.token);
}

const consume = (token: string, on = core) => on.ask('/recipe/user/password/reset/token/consume', { token });
const reset = (token: string, newPassword: string, on = core) =>
  on.ask('/recipe/user/password/reset', { method: 'token', token, newPassword });

/** The same request 20 times at once, from two processes. @returns how many got each status */
async function twentyTimes(ask: (on: TestCore, index: number) => ReturnType<TestCore['ask']>) {
  const asked = Array.from({ length: 20 }, (_, index) => ask(index % 2 === 0 ? core : other, index));
  const statuses = (await Promise.all(asked)).map(({ json }) => String(json.status));
  return Object.fromEntries([...new Set(statuses)].map((name) => [name, statuses.filter((s) => s === name).length]));
}

describe('Several requests at once', () => {
  test('20 sign-ups with one email make one user', async () => {
    const email = someEmail();
    const counts = await twentyTimes((on) => signUp(email, PASSWORD, on));
    expect(counts).toEqual({ OK: 1, EMAIL_ALREADY_EXISTS_ERROR: 19 });
    expect((await signIn(email)).json.status).toBe('OK');
  });

  test('of 20 uses of one reset token one succeeds', async () => {
    const token = await resetToken(await createdUser());
    const counts = await twentyTimes((on) => consume(token, on));
    expect(counts).toEqual({ OK: 1, RESET_PASSWORD_INVALID_TOKEN_ERROR: 19 });
  });

  test('of 20 reset tokens of one user one is good, and its password counts', async () => {
    const user = await createdUser();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => resetToken(user)));
    const counts = await twentyTimes((on, index) => reset(tokens[index] ?? '', `password ${index}`, on));
    expect(counts).toEqual({ OK: 1, RESET_PASSWORD_INVALID_TOKEN_ERROR: 19 });
    const right = await Promise.all(tokens.map((_token, index) => signIn(user.email, `password ${index}`)));
    expect(right.filter(({ json }) => json.status === 'OK')).toHaveLength(1);
  });

  test('of 20 users who change to one email one succeeds', async () => {
    const users = await Promise.all(Array.from({ length: 20 }, createdUser));
    const email = someEmail();
    const counts = await twentyTimes((on, index) => update(users[index]?.id ?? '', { email }, on));
    expect(counts).toEqual({ OK: 1, EMAIL_ALREADY_EXISTS_ERROR: 19 });
    expect((await signIn(email)).json.status).toBe('OK');
  });

  test('20 changes of one user all succeed one after the other, and the user keeps one email', async () => {
    const user = await createdUser();
    const emails = Array.from({ length: 20 }, () => someEmail());
    expect(await twentyTimes((on, index) => update(user.id, { email: emails[index] }, on))).toEqual({ OK: 20 });
    const found = await Promise.all([user.email, ...emails].map((email) => signIn(email)));
    expect(found.filter(({ json }) => json.status === 'OK')).toHaveLength(1);
  });
});

describe('Sign-in', () => {
  /** Counts what is worked. */
  const counting = () => {
    const worked: (PasswordHash | undefined)[] = [];
    const passwords: PasswordHashing = {
      ...CHEAP_PASSWORDS,
      matches(password, hash) {
        worked.push(hash);
        return CHEAP_PASSWORDS.matches(password, hash);
      },
    };
    return { worked, passwords };
  };

  test('an unknown email takes the same work as a wrong password', async () => {
    const { email } = await createdUser();
    const { worked, passwords } = counting();
    const counted = makeUserCore(database, { passwords, clock });
    for (const unknown of [someEmail(), '', ' ', 'x'.repeat(5000)]) {
      expect((await signIn(unknown, PASSWORD, counted)).json).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
    }
    expect(worked).toEqual([undefined, undefined, undefined, undefined]);
    expect((await signIn(email, OTHER_PASSWORD, counted)).json).toEqual({ status: 'WRONG_CREDENTIALS_ERROR' });
    expect(worked[4]).toMatch(/^\$argon2id/);
  });

  test('a hash that is weaker than a new one is renewed, and only with the right password', async () => {
    const { email, id } = await createdUser();
    const hashOf = async () => (await database.userStores.users.get(id as UserId))?.passwordHash;
    const weak = await hashOf();
    const settings = { ...DEFAULT_PASSWORD_SETTINGS, argon2: { memory: 64, iterations: 2, parallelism: 1 } };
    const stronger = makeUserCore(database, { passwords: createPasswordHashing(settings, systemRandom), clock });
    await signIn(email, OTHER_PASSWORD, stronger);
    expect(await hashOf()).toBe(weak);
    expect((await signIn(email, PASSWORD, stronger)).json.status).toBe('OK');
    expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=64,t=2,p=1\$/);
    expect((await signIn(email)).json.status).toBe('OK');
  });
});

describe('Reset tokens', () => {
  test('an expired one is not good, and ends the others of the user', async () => {
    const user = await createdUser();
    const old = await resetToken(user);
    clock.advance(3_600_000 - 1);
    const young = await resetToken(user);
    clock.advance(1);
    expect((await reset(old, OTHER_PASSWORD)).json).toEqual({ status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR' });
    expect((await consume(young)).json).toEqual({ status: 'RESET_PASSWORD_INVALID_TOKEN_ERROR' });
    expect((await signIn(user.email)).json.status).toBe('OK');
  });

  test('the table does not know them', async () => {
    const token = await resetToken(await createdUser());
    expect(token).toHaveLength(128);
    const calls = await database.db.query(database.tables.coreUsers, { name: 'pk', value: `token#reset#${token}` });
    expect(calls).toEqual([]);
  });

  test('before CDI 4.0 the token carries the email of the user', async () => {
    const { id, email } = await createdUser();
    const { json } = await core.ask('/recipe/user/password/reset/token', { userId: id }, { version: '3.1' });
    expect((await consume(String(json.token))).json).toEqual({ status: 'OK', userId: id, email });
  });
});

describe('Input', () => {
  test.each([
    ['/recipe/signup', { email: '  ', password: PASSWORD }, 'email'],
    ['/recipe/signup', { email: 'x'.repeat(901), password: PASSWORD }, 'email'],
    ['/recipe/signup', { email: '\ud800@example.com', password: PASSWORD }, 'email'],
    ['/recipe/user/passwordhash/import', { email: '', passwordHash: '$2a$04$x' }, 'email'],
  ])('%s %j is refused', async (path, body, field) => {
    const { status, text } = await core.ask(path, body);
    expect([status, text]).toEqual([400, `Field name '${field}' is invalid in JSON input\n`]);
  });

  test('an empty password is no password to change to', async () => {
    const { id } = await createdUser();
    const { status, text } = await update(id, { password: '' });
    expect([status, text]).toEqual([400, 'Password cannot be an empty string\n']);
  });

  test.each([
    [
      'argon2',
      '$2a$04$snpfH4kKouofj5QJW1Nz3uzTYURfveWJqYGGdlrlrhyUuPh6TDvoO',
      'Password hash is in invalid Argon2 format',
    ],
    ['bcrypt', '$argon2id$v=19$m=64,t=1,p=1$a$b', 'Password hash is in invalid BCrypt format'],
    ['random', '$2a$04$x', 'Unsupported password hashing algorithm'],
    [
      'firebase_scrypt',
      '$f_scrypt$AA==$AA==$m=14$r=8$s=Bw==',
      'The core needs FIREBASE_PASSWORD_HASHING_SIGNER_KEY to import hashes of Firebase',
    ],
  ])('a hash that is said to be of %s is not imported unless it can be checked', async (algorithm, hash, message) => {
    const body = { email: someEmail(), passwordHash: hash, hashingAlgorithm: algorithm };
    const { status, text } = await core.ask('/recipe/user/passwordhash/import', body);
    expect([status, text]).toEqual([400, `${message}\n`]);
  });
});

test('addresses that SDKs make up are verified at once', async () => {
  for (const domain of ['stfakeemail.supertokens.com', 'x.fakeemail.com']) {
    const { json } = await signUp(`${someEmail().split('@')[0]}@${domain}`);
    expect(json).toMatchObject({ user: { loginMethods: [{ verified: true }] } });
  }
});
