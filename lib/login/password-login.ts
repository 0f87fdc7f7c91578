import type { Clock, Random, UserId } from '../core/types.ts';
import type { DynamoDb } from '../dynamodb/client.ts';
import { createAttempts, type TooManyAttempts } from './attempts.ts';
import { type FieldError, type GivenCredentials, parseCredentials, parseNewCredentials } from './credentials.ts';
import { createPasswordHashing, type PasswordHashing } from './password-hash.ts';
import { createUsers } from './users.ts';

export interface LoggedIn {
  readonly status: 'OK';
  readonly userId: UserId;
}

export type SignUpResult = LoggedIn | { readonly status: 'EMAIL_TAKEN' } | FieldError | TooManyAttempts;

/** `WRONG_CREDENTIALS` says the same, and takes the same time, whether the e-mail or the password is wrong. */
export type LogInResult = LoggedIn | { readonly status: 'WRONG_CREDENTIALS' } | FieldError | TooManyAttempts;

/** E-mail and password. Every method throws `DynamoDbError`, and no other error that its caller could cause. */
export interface PasswordLogin {
  /**
   * Makes a user. That an e-mail is taken is told to anybody who asks, within the limits of `createAttempts`: hiding
   * it takes a mail to its owner (OWASP Authentication Cheat Sheet, "Account Creation").
   * @param sourceAddress the client's IP address
   */
  signUp(given: GivenCredentials, sourceAddress: string): Promise<SignUpResult>;
  /** @param sourceAddress the client's IP address */
  logIn(given: GivenCredentials, sourceAddress: string): Promise<LogInResult>;
}

export interface PasswordLoginOptions {
  readonly db: DynamoDb;
  /** Name of the table of users; attempts are counted there, too. */
  readonly table: string;
  readonly clock: Clock;
  readonly random: Random;
  /** OWASP's parameters if absent. */
  readonly hashing?: PasswordHashing;
}

/** Users who prove who they are by e-mail and password. Makes no session. */
export function createPasswordLogin({
  db,
  table,
  clock,
  random,
  hashing = createPasswordHashing({ random }),
}: PasswordLoginOptions): PasswordLogin {
  const users = createUsers(db, table);
  const attempts = createAttempts({ db, table, clock });

  const renewHash = async (email: string, password: string, hash: string): Promise<void> => {
    if (hashing.isOutdated(hash)) await users.replaceHash(email, hash, await hashing.hash(password));
  };

  return {
    async signUp(given, sourceAddress) {
      const credentials = parseNewCredentials(given);
      if (credentials.status !== 'OK') return credentials;
      const verdict = await attempts.countSignUp(sourceAddress);
      if (verdict.status !== 'OK') return verdict;
      const { email, password } = credentials;
      const user = { id: random.uuid() as UserId, passwordHash: await hashing.hash(password), createdAt: clock() };
      return (await users.add(email, user)) ? { status: 'OK', userId: user.id } : { status: 'EMAIL_TAKEN' };
    },
    async logIn(given, sourceAddress) {
      const credentials = parseCredentials(given);
      if (credentials.status !== 'OK') return credentials;
      const { email, password } = credentials;
      const attempt = await attempts.beginLogIn(email, sourceAddress);
      if (attempt.status !== 'OK') return attempt;
      const user = await users.find(email);
      // Hashes for an unknown e-mail as well.
      const isRight = await hashing.matches(password, user?.passwordHash);
      if (user === undefined || !isRight) {
        await attempt.failed();
        return { status: 'WRONG_CREDENTIALS' };
      }
      await attempt.succeeded();
      // Only now, after a success, is there a password at hand to hash anew.
      await renewHash(email, password, user.passwordHash);
      return { status: 'OK', userId: user.id };
    },
  };
}
