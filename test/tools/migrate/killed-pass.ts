import type { DynamoDb } from '../../../lib/dynamodb/client.ts';
import type { OfficialDatabase } from '../../../lib/tools/migrate/official-database.ts';
import type { MovedRecord, RecordDatabase } from '../../../lib/tools/migrate/records/record-database.ts';
import type { Bulk } from '../../../lib/tools/operator/bulk.ts';

/** What a killed process is stopped by. */
export class Killed extends Error {}

/** A process that is killed right before its nth write: no write is done from then on. */
export class MortalProcess {
  readonly #lastWrite: number;
  #writes = 0;
  #isDead = false;

  /** @param write which write it does not live to make; absent: it lives on */
  constructor(write = Number.POSITIVE_INFINITY) {
    this.#lastWrite = write - 1;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Makes a write, unless the process is dead. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    this.#isDead ||= this.#writes === this.#lastWrite;
    if (this.#isDead) throw new Killed();
    this.#writes++;
    return work();
  }

  dynamoDb(db: DynamoDb): DynamoDb {
    return {
      ...db,
      put: (...args) => this.write(() => db.put(...args)),
      update: (...args) => this.write(() => db.update(...args)),
      delete: (...args) => this.write(() => db.delete(...args)),
      deleteIf: (...args) => this.write(() => db.deleteIf(...args)),
    };
  }

  bulk(bulk: Bulk): Bulk {
    return { ...bulk, write: (...args) => this.write(() => bulk.write(...args)) };
  }

  official(official: OfficialDatabase): OfficialDatabase {
    const { sessions, roles, users, primaryUsers } = official;
    return {
      ...official,
      sessions: {
        ...sessions,
        write: (...args) => this.write(() => sessions.write(...args)),
        remove: (...args) => this.write(() => sessions.remove(...args)),
      },
      roles: this.#records(roles),
      users: this.#records(users),
      primaryUsers: this.#records(primaryUsers),
    };
  }

  #records<R extends MovedRecord, V>(records: RecordDatabase<R, V>): RecordDatabase<R, V> {
    return {
      ...records,
      write: (...args) => this.write(() => records.write(...args)),
      remove: (...args) => this.write(() => records.remove(...args)),
    };
  }
}
