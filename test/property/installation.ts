import { randomUUID } from 'node:crypto';
import type { ListedUsers } from '../../lib/core/user/store/user-store.ts';
import { ManualClock, storesOn, type TestCore, type TestDatabase } from '../fixtures/core.ts';
import { dyingDb, trackingDb } from '../fixtures/store-wrappers.ts';
import { makeUserCore } from '../fixtures/user-core.ts';
import type { Death } from './steps.ts';

export type HistoryDatabase = Pick<TestDatabase, 'db' | 'tables' | 'store' | 'userStores'>;

/** The core that a history is played on. Histories share a database: the users of each have names that no other history has. */
export class Installation {
  readonly clock = new ManualClock();
  /** A process that does not die. */
  readonly core: TestCore;
  /** Every email and every provider's user of the history begins so. */
  readonly mark = randomUUID();
  readonly #database: HistoryDatabase;

  constructor(database: HistoryDatabase) {
    this.#database = database;
    this.core = makeUserCore(database, { clock: this.clock });
  }

  /** The process that does not die, or another one that dies after so many writes. */
  process(death: Death): TestCore {
    if (death === undefined) return this.core;
    const calls: Promise<unknown>[] = [];
    const db = trackingDb(dyingDb(this.#database.db, death), calls);
    const dying = makeUserCore(storesOn(db, this.#database.tables), { clock: this.clock });
    const ask: TestCore['ask'] = async (...asked) => {
      const answer = await dying.ask(...asked);
      // DynamoDB still carries out what a dead process has sent.
      while (calls.length > 0) await Promise.allSettled(calls.splice(0));
      return answer;
    };
    return { ...dying, ask };
  }

  email = (number: number): string => `${this.mark}-${number}@example.com`;
  providerUser = (number: number): string => `${this.mark}-${number}`;

  /** The list of all users, oldest first, those of other histories among them. */
  async listed(): Promise<ListedUsers['users']> {
    const request = { order: 'ascending', limit: 100_000, from: undefined, recipes: undefined } as const;
    return (await this.#database.userStores.users.list(request)).users;
  }
}
