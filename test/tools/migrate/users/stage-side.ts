import type { UserId } from '../../../../lib/core/types.ts';
import {
  isRefused,
  type RecordDatabase,
  type StoredRecord,
} from '../../../../lib/tools/migrate/records/record-database.ts';
import type { StageUser } from '../../../../lib/tools/migrate/users/stage-user.ts';
import { createStageUsers } from '../../../../lib/tools/migrate/users/stage-users.ts';
import type { MovedUser, UserParts } from '../../../../lib/tools/migrate/users/user.ts';
import { ManualClock, startTestDatabase, type TestCore, type TestDatabase } from '../../../fixtures/core.ts';
import { makeUserCore } from '../../../fixtures/user-core.ts';
import { JOINED, someEmail } from '../../../fixtures/users.ts';
import { stageTables } from '../records/stage.ts';
import { passwordLogin, role, someMovedUser, someToken } from './some-users.ts';

export const HOUR = 3_600_000;

export type StageUsers = RecordDatabase<MovedUser, StageUser>;
export type StoredUser = StoredRecord<MovedUser, StageUser>;

/** A stage with two roles, its core, and its users as the migration sees them. */
export class StageSide {
  readonly database: TestDatabase;
  readonly clock = new ManualClock(JOINED + 1000);
  readonly core: TestCore;
  readonly users: StageUsers;

  static async start(): Promise<StageSide> {
    const side = new StageSide(await startTestDatabase());
    for (const name of ['reader', 'writer']) {
      await side.core.ask('/recipe/role', { role: name, permissions: [name] }, { method: 'PUT' });
    }
    return side;
  }

  private constructor(database: TestDatabase) {
    this.database = database;
    this.core = makeUserCore(database, { clock: this.clock });
    this.users = createStageUsers(stageTables(database, this.clock));
  }

  create(records: readonly MovedUser[], users = this.users) {
    return users.write(records.map((record) => ({ record, changed: partsOf(record), replaces: undefined })));
  }

  async readOne(key: string): Promise<StoredUser> {
    const stored = (await this.users.read([key])).get(key);
    if (stored === undefined) throw new Error(`There is no user ${key}`);
    return stored;
  }

  async recordOf(key: string): Promise<MovedUser> {
    const { record } = await this.readOne(key);
    if (isRefused(record)) throw new Error(record.reason);
    return record;
  }

  /** Changes parts of a user who is there. */
  async change(key: UserId, parts: Partial<UserParts>, { replaces, users = this.users }: ChangeOptions = {}) {
    const before = replaces ?? (await this.readOne(key));
    const record = { key, parts: { ...(before.record as MovedUser).parts, ...parts } };
    const changed = Object.keys(parts) as (keyof UserParts)[];
    return (await users.write([{ record, changed, replaces: before }])).get(key);
  }
}

interface ChangeOptions {
  readonly replaces?: StoredUser;
  readonly users?: StageUsers;
}

const partsOf = ({ parts }: MovedUser) => Object.keys(parts) as (keyof UserParts)[];

/** Everything that can be moved of a user. */
export async function fullUser(externalId?: UserId) {
  const login = await passwordLogin();
  const email = login.email ?? '';
  const [reset, verify] = [someToken(email, JOINED + HOUR), someToken(`new-${email}`, JOINED + 24 * HOUR)];
  const user = someMovedUser({
    login,
    mapping: externalId === undefined ? null : { externalId, info: 'noted' },
    verifiedEmails: [email, someEmail()].sort(),
    metadata: '{"a":{"b":[1,2.5]},"z":"ü"}',
    roles: [role('reader'), role('writer')],
    resetTokens: [reset.moved],
    verificationTokens: [verify.moved],
    lastActive: JOINED + 5,
  });
  return { user, email, reset: reset.token, verify: verify.token };
}
