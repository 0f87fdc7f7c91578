import { randomUUID } from 'node:crypto';
import { freshTokenParts, sealRefreshToken } from '../../../../lib/core/session/rules/refresh-token.ts';
import type { RefreshToken, SessionHandle, UserId } from '../../../../lib/core/types.ts';
import { bcrypt } from '../../../../lib/passwords/bcrypt.ts';
import { hash2 } from '../../../fixtures/cdi-session.ts';
import { systemRandom } from '../../../fixtures/core.ts';
import { createOfficialCore, type MigrationMode } from '../../../fixtures/official-core.ts';
import { OFFICIAL } from '../../../fixtures/official-rows.ts';
import { SEED, type SeededUsers, seedOfficialUsers } from '../../../fixtures/official-users.ts';
import type { PostgresDatabase } from '../../../fixtures/postgres.ts';
import { fillWithKeys, insert, someOfficialRow } from '../installation.ts';

const DAY = 86_400_000;

/** What an official core had before its users moved, and what clients of it hold. */
export interface SeededInstallation {
  readonly users: SeededUsers;
  /** A user whose hash has PHP's prefix of bcrypt. */
  readonly phpUser: string;
  readonly phpEmail: string;
  /** Refresh tokens that clients still have. */
  readonly refreshTokens: {
    readonly ofLinked: RefreshToken;
    /** Of a log-in before the user's id was mapped. */
    readonly ofMapped: RefreshToken;
  };
}

/** Fills an official core's database with keys, users of all kinds, and sessions of linked and mapped users, as of today. */
export async function seedInstallation(
  database: PostgresDatabase,
  mode: MigrationMode = 'LEGACY',
): Promise<SeededInstallation> {
  await fillWithKeys(database);
  await makeKeysRecent(database);
  const users = await seedOfficialUsers(database, mode);
  const phpEmail = 'php@example.com';
  const phpUser = await createOfficialCore(database.client, mode).signUp({
    recipe: 'emailpassword',
    email: phpEmail,
    passwordHash: (await bcrypt(SEED.bcryptPassword, 4)).replace(/^\$2[abxy]\$/, '$2y$'),
    timeJoined: SEED.joined + 30 * 60_000,
  });
  const refreshTokens = {
    ofLinked: await logIn(database, users.linkedGoogle),
    ofMapped: await logIn(database, users.mapped),
  };
  return { users, phpUser, phpEmail, refreshTokens };
}

/** The recorded keys would be due to be replaced. */
const makeKeysRecent = ({ client }: PostgresDatabase) =>
  client.query('UPDATE session_access_token_signing_keys SET created_at_time = created_at_time + $1', [
    Date.now() - DAY - OFFICIAL.recordedAt,
  ]);

/** As an official core creates a session: the row and the token name the login method. */
async function logIn(database: PostgresDatabase, user_id: string): Promise<RefreshToken> {
  const session_handle = randomUUID();
  const { nonce, iv } = freshTokenParts(systemRandom);
  const content = {
    sessionHandle: session_handle as SessionHandle,
    parent: undefined,
    nonce,
    antiCsrfToken: undefined,
  };
  const token = sealRefreshToken({ ...content, userId: user_id as UserId }, iv, OFFICIAL.secret);
  const times = { created_at_time: String(Date.now() - DAY), expires_at: String(Date.now() + 50 * DAY) };
  await insert(database, 'session_info', [
    someOfficialRow({ session_handle, user_id, refresh_token_hash_2: hash2(token), ...times }),
  ]);
  return token;
}

/** Expects that a run has written nothing, whatever it lists. */
export function expectNothingNew(output: string): void {
  for (const kind of ['Roles', 'Users', 'Primary users'])
    expect(output).toContain(`${kind}: created 0, changed 0, deleted 0`);
  expect(output).toContain('Created 0, replaced 0, revoked 0');
}
