import type { Agreement } from '../../../../lib/tools/migrate/records/agreement.ts';
import type { Agreements } from '../../../../lib/tools/migrate/records/agreements.ts';
import type { Pass, Passes } from '../../../../lib/tools/migrate/records/passes.ts';
import { PAGE, type Process } from './memory-sides.ts';

/** Agreements as in DynamoDB: each is written by itself. */
export class MemoryAgreements {
  readonly #all = new Map<string, Agreement>();

  /** As JSON, sorted by key. */
  get all(): unknown {
    return JSON.parse(JSON.stringify([...this.#all.values()].sort((one, other) => (one.key < other.key ? -1 : 1))));
  }

  seenBy(process: Process): Agreements {
    return {
      read: async (keys) =>
        new Map(
          keys.flatMap((key) => {
            const agreement = this.#all.get(key);
            return agreement === undefined ? [] : [[key, agreement] as const];
          }),
        ),
      write: async (agreements) => {
        for (const agreement of agreements) await process.write(() => void this.#all.set(agreement.key, agreement));
      },
      forget: async (keys) => {
        for (const key of keys) await process.write(() => void this.#all.delete(key));
      },
      pages: () => this.#pages(),
    };
  }

  async *#pages() {
    const all = [...this.#all.values()];
    for (let start = 0; start < all.length; start += PAGE) yield all.slice(start, start + PAGE);
  }
}

/** The pass in one direction. */
export class MemoryPasses {
  #pass: Pass | undefined;

  seenBy(process: Process): Passes {
    return {
      read: async () => this.#pass,
      write: (pass) =>
        process.write(() => {
          this.#pass = pass;
        }),
      forget: () =>
        process.write(() => {
          this.#pass = undefined;
        }),
    };
  }
}
