import type {
  RecordChange,
  RecordDatabase,
  StoredRecord,
  WriteOutcome,
} from '../../../../lib/tools/migrate/records/record-database.ts';
import type { RecordKind } from '../../../../lib/tools/migrate/records/record-kind.ts';
import type { Side } from '../../../../lib/tools/migrate/side.ts';
import { Killed } from '../killed-pass.ts';

/** A record with a part of every rule. */
export interface Thing {
  readonly key: string;
  readonly parts: {
    readonly name: string | null;
    readonly color: string | null;
    /** Sorted. */
    readonly tickets: readonly string[];
    readonly seenAt: number | null;
  };
}

export const THINGS: RecordKind<Thing> = {
  name: 'thing',
  one: 'thing',
  title: 'Things',
  rules: { name: 'whole', color: 'whole', tickets: 'elements', seenAt: 'later' },
  partNames: { name: 'the name', color: 'the color', tickets: 'the tickets', seenAt: 'the time' },
};

export const someThing = (key: string, parts: Partial<Thing['parts']> = {}): Thing => ({
  key,
  parts: { name: null, color: null, tickets: [], seenAt: null, ...parts },
});

/** The process of a pass: what happens to it before some of its writes. */
export class Process {
  readonly #killedAt: number;
  readonly #meanwhile: ReadonlyMap<number, () => void>;
  #writes = 0;
  #isDead = false;

  /**
   * @param killedAt which write it does not live to make; absent: it lives on
   * @param meanwhile what other processes do right before a write
   */
  constructor(killedAt = Number.POSITIVE_INFINITY, meanwhile: ReadonlyMap<number, () => void> = new Map()) {
    this.#killedAt = killedAt;
    this.#meanwhile = meanwhile;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get writes(): number {
    return this.#writes;
  }

  async write(work: () => void): Promise<void> {
    if (this.#isDead || this.#writes + 1 >= this.#killedAt) {
      this.#isDead = true;
      throw new Killed();
    }
    this.#writes++;
    this.#meanwhile.get(this.#writes)?.();
    work();
  }
}

type Version = string;
type Change = RecordChange<Thing, Version>;
type Announce = (ticket: string | undefined) => Promise<void>;

export const PAGE = 2;

/** What a core keeps, and what it does with it. */
export abstract class MemorySide {
  protected abstract readonly side: Side;
  protected readonly things = new Map<string, Thing['parts']>();
  /** What this side cannot write as things are now, with the reason. */
  blockedBy: (thing: Thing) => string | undefined = () => undefined;

  get(key: string): Thing | undefined {
    const parts = this.things.get(key);
    return parts && { key, parts };
  }

  all(): Thing[] {
    return [...this.things.keys()].sort().map((key) => ({ key, parts: this.things.get(key) as Thing['parts'] }));
  }

  put({ key, parts }: Thing): void {
    this.things.set(key, parts);
  }

  delete(key: string): void {
    this.things.delete(key);
  }

  /** As a process sees it. The version of a record is its whole state. */
  seenBy(process: Process): RecordDatabase<Thing, Version> {
    const side = this;
    return {
      side: this.side,
      async *pages(after = '') {
        const left = side.all().filter(({ key }) => key > after);
        for (let start = 0; start < left.length; start += PAGE) {
          const records = left.slice(start, start + PAGE);
          yield { records, refused: [], position: records.at(-1)?.key ?? '' };
        }
      },
      count: async () => side.things.size,
      read: async (keys) =>
        new Map(
          keys.flatMap((key) => {
            const record = side.get(key);
            return record === undefined ? [] : [[key, { record, version: JSON.stringify(record) }] as const];
          }),
        ),
      refusalOf: ({ parts }) => (parts.name === 'too long' ? 'its name is too long' : undefined),
      write: (changes, announce = async () => undefined) => side.write(process, changes, announce),
      deletedOf: async (missing) => side.deletedOf(missing),
      remove: (records) => side.remove(process, records),
    };
  }

  protected isUnchanged(key: string, stored: StoredRecord<Thing, Version> | undefined): boolean {
    const found = this.get(key);
    return (found && JSON.stringify(found)) === stored?.version;
  }

  protected abstract write(
    process: Process,
    changes: readonly Change[],
    announce: Announce,
  ): Promise<ReadonlyMap<string, WriteOutcome>>;
  protected abstract deletedOf(
    missing: readonly { readonly key: string; readonly ticket: string | undefined }[],
  ): ReadonlySet<string>;
  protected abstract remove(
    process: Process,
    records: readonly StoredRecord<Thing, Version>[],
  ): Promise<ReadonlyMap<string, WriteOutcome>>;
}

/** As DynamoDB: each part is written by itself. */
export class PiecemealSide extends MemorySide {
  protected readonly side = 'stage';
  /** What was ever written of a new record, until a core deletes it. */
  readonly #born = new Set<string>();

  override put(thing: Thing): void {
    this.#born.add(thing.key);
    super.put(thing);
  }

  override delete(key: string): void {
    this.#born.delete(key);
    super.delete(key);
  }

  protected async write(process: Process, changes: readonly Change[], announce: Announce) {
    const outcomes = new Map<string, WriteOutcome>();
    const created = changes.filter(({ replaces }) => replaces === undefined);
    await process.write(() => {
      for (const { record } of created) this.#born.add(record.key);
    });
    await announce(undefined);
    for (const change of changes) outcomes.set(change.record.key, await this.#writeOne(process, change));
    return outcomes;
  }

  async #writeOne(process: Process, { record, changed, replaces }: Change): Promise<WriteOutcome> {
    const { key } = record;
    const reason = this.blockedBy(record);
    if (reason !== undefined) return { key, reason };
    let isUnchanged = true;
    let before = replaces;
    for (const name of changed) {
      await process.write(() => {
        isUnchanged = this.isUnchanged(key, before);
        if (!isUnchanged) return;
        const parts = this.things.get(key) ?? someThing(key).parts;
        this.put({ key, parts: { ...parts, [name]: record.parts[name] } });
      });
      if (!isUnchanged) return 'overtaken';
      const written = this.get(key) as Thing;
      before = { record: written, version: JSON.stringify(written) };
    }
    return 'written';
  }

  protected deletedOf(missing: readonly { readonly key: string }[]) {
    return new Set(missing.map(({ key }) => key).filter((key) => !this.#born.has(key)));
  }

  protected async remove(process: Process, records: readonly StoredRecord<Thing, Version>[]) {
    const outcomes = new Map<string, WriteOutcome>();
    for (const stored of records) outcomes.set(stored.record.key, await this.#removeOne(process, stored));
    return outcomes;
  }

  async #removeOne(process: Process, stored: StoredRecord<Thing, Version>): Promise<WriteOutcome> {
    const { key } = stored.record;
    let before = stored;
    for (const empty of [{ color: null }, { tickets: [] }]) {
      let isUnchanged = true;
      await process.write(() => {
        isUnchanged = this.isUnchanged(key, before);
        const parts = this.things.get(key);
        if (isUnchanged && parts) this.put({ key, parts: { ...parts, ...empty } });
      });
      if (!isUnchanged) return 'overtaken';
      const left = this.get(key) as Thing;
      before = { record: left, version: JSON.stringify(left) };
    }
    let isUnchanged = true;
    await process.write(() => {
      isUnchanged = this.isUnchanged(key, before);
      if (isUnchanged) this.delete(key);
    });
    return isUnchanged ? 'written' : 'overtaken';
  }
}

/** As PostgreSQL: a page is one transaction, whose id tells later whether it was committed. */
export class TransactionalSide extends MemorySide {
  protected readonly side = 'official';
  readonly #committed = new Set<string>();
  #transactions = 0;

  protected async write(process: Process, changes: readonly Change[], announce: Announce) {
    const ticket = String(++this.#transactions);
    await announce(ticket);
    const outcomes = new Map<string, WriteOutcome>();
    await process.write(() => {
      for (const { record, replaces } of changes) {
        const { key } = record;
        const reason = this.blockedBy(record);
        const isUnchanged = this.isUnchanged(key, replaces);
        if (reason === undefined && isUnchanged) this.put(record);
        outcomes.set(key, reason !== undefined ? { key, reason } : isUnchanged ? 'written' : 'overtaken');
      }
      this.#committed.add(ticket);
    });
    return outcomes;
  }

  protected deletedOf(missing: readonly { readonly key: string; readonly ticket: string | undefined }[]) {
    return new Set(missing.filter(({ ticket }) => this.#committed.has(ticket ?? '')).map(({ key }) => key));
  }

  protected async remove(process: Process, records: readonly StoredRecord<Thing, Version>[]) {
    const outcomes = new Map<string, WriteOutcome>();
    await process.write(() => {
      for (const stored of records) {
        const { key } = stored.record;
        const isUnchanged = this.isUnchanged(key, stored);
        if (isUnchanged) this.delete(key);
        outcomes.set(key, isUnchanged ? 'written' : 'overtaken');
      }
    });
    return outcomes;
  }
}
