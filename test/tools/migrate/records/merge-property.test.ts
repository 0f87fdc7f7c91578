import fc from 'fast-check';
import { Process, someThing, type Thing } from './memory-sides.ts';
import { otherThan, type SideName, World } from './world.ts';

type Change = 'create' | 'name' | 'color' | 'ticket' | 'use' | 'see' | 'delete';

/** What a core does with one of its records. */
interface CoreEvent {
  readonly kind: Change;
  readonly side: SideName;
  readonly record: number;
}

/** A pass from one side, killed before its nth write if it comes so far, with what a core does before another write. */
interface PassEvent {
  readonly kind: 'pass';
  readonly side: SideName;
  readonly killedAt: number | undefined;
  readonly meanwhile: { readonly write: number; readonly event: CoreEvent } | undefined;
}

const RECORDS = 3;
const side = fc.constantFrom<SideName>('official', 'ours');
const coreEvent: fc.Arbitrary<CoreEvent> = fc.record({
  kind: fc.constantFrom<Change>('create', 'create', 'name', 'color', 'ticket', 'use', 'see', 'delete'),
  side,
  record: fc.nat(RECORDS - 1),
});
const write = fc.integer({ min: 1, max: 25 });
const passEvent: fc.Arbitrary<PassEvent> = fc.record({
  kind: fc.constant('pass'),
  side,
  killedAt: fc.option(write, { nil: undefined }),
  meanwhile: fc.option(fc.record({ write, event: coreEvent }), { nil: undefined }),
});

/** What the cores have done to a record. */
class History {
  readonly by = new Set<SideName>();
  isDeleted = false;
  /** How often it was created: one that each side has created may be deleted on one of them before a pass finds both. */
  creations = 0;
  seenAt: number | null = null;
  readonly tickets = new Set<string>();
  readonly used = new Set<string>();
  readonly values: Record<'name' | 'color', string[]> = { name: [], color: [] };
}

/** Two cores, all that they have done, and the passes between them. */
class RecordedWorld extends World {
  readonly histories = new Map<string, History>();
  /** The value that each value replaced. */
  readonly #parents = new Map<string, string | null>();
  /** Records whose write by a killed pass may be done, or not, or in part. */
  readonly #inDoubt = new Set<string>();
  #serial = 0;

  /** A record that both sides keep, so that no side is empty. */
  constructor() {
    super();
    for (const each of ['official', 'ours'] as const) this.sides[each].put(someThing('anchor'));
  }

  async take(happening: CoreEvent | PassEvent): Promise<void> {
    if (happening.kind !== 'pass') {
      this.#change(happening);
      return;
    }
    const { killedAt, meanwhile } = happening;
    const events = meanwhile && new Map([[meanwhile.write, () => this.#change(meanwhile.event)]]);
    const process = new Process(killedAt, events);
    await this.pass(happening.side, process);
    for (const key of this.histories.keys()) {
      if (process.isDead) this.#inDoubt.add(key);
      else this.#inDoubt.delete(key);
    }
  }

  #change({ kind, side: by, record }: CoreEvent): void {
    const key = `record-${record}`;
    const core = this.sides[by];
    const thing = core.get(key);
    const history = this.histories.get(key) ?? new History();
    if (kind === 'create') {
      // Keys are random: no core makes the same record twice, unless both sides make it independently.
      if (thing !== undefined || history.by.has(by) || history.isDeleted) return;
      this.histories.set(key, history);
      history.creations++;
      core.put(someThing(key, { name: this.#value(history, 'name', null) }));
    } else if (thing === undefined) return;
    else if (kind === 'delete') {
      core.delete(key);
      history.isDeleted = true;
    } else core.put({ key, parts: { ...thing.parts, ...this.#changed(kind, key, thing, history) } });
    history.by.add(by);
  }

  #changed(kind: Exclude<Change, 'create' | 'delete'>, key: string, { parts }: Thing, history: History) {
    switch (kind) {
      case 'name':
      case 'color':
        return { [kind]: this.#value(history, kind, parts[kind]) };
      case 'ticket': {
        const ticket = `ticket ${++this.#serial}`;
        history.tickets.add(ticket);
        return { tickets: [...parts.tickets, ticket].sort() };
      }
      case 'use': {
        const [used, ...left] = parts.tickets;
        // Of a write that a killed pass has left without an outcome, an element that is gone may never have come.
        if (used === undefined || this.#inDoubt.has(key)) return {};
        history.used.add(used);
        return { tickets: left };
      }
      case 'see':
        history.seenAt = ++this.#serial;
        return { seenAt: history.seenAt };
    }
  }

  #value(history: History, part: 'name' | 'color', before: string | null): string {
    const value = `${part} ${++this.#serial}`;
    history.values[part].push(value);
    this.#parents.set(value, before);
    return value;
  }

  /** Whether a value was made from another one, or is that one. */
  isFrom(value: string | null, earlier: string): boolean {
    for (let each: string | null | undefined = value; each; each = this.#parents.get(each)) {
      if (each === earlier) return true;
    }
    return false;
  }
}

function checkUnlisted(world: RecordedWorld, key: string, history: History): void {
  const [official, ours] = [world.sides.official.get(key), world.sides.ours.get(key)];
  expect({ key, official }).toEqual({ key, official: ours });
  if (history.isDeleted && history.creations > 1) return;
  if (history.isDeleted) {
    expect({ key, ours }).toEqual({ key, ours: undefined });
    return;
  }
  if (ours === undefined) throw new Error(`${key} is lost`);
  for (const part of ['name', 'color'] as const) {
    const lost = history.values[part].filter((value) => !world.isFrom(ours.parts[part], value));
    expect({ key, lost }).toEqual({ key, lost: [] });
  }
  const left = [...history.tickets].filter((ticket) => !history.used.has(ticket)).sort();
  expect({ key, ...ours.parts }).toMatchObject({ key, tickets: left, seenAt: history.seenAt });
}

describe('whatever two cores do with their records, and wherever passes between them are killed,', () => {
  test('a pass in each direction brings both sides together, undoes nothing, and lists what both have changed', async () => {
    const histories = fc.array(fc.oneof({ weight: 2, arbitrary: coreEvent }, { weight: 1, arbitrary: passEvent }), {
      minLength: 5,
      maxLength: 30,
    });
    const property = fc.asyncProperty(histories, side, async (history, first) => {
      const world = new RecordedWorld();
      for (const happening of history) await world.take(happening);
      const listed = new Set<string>();
      for (const from of [first, otherThan(first)]) {
        for (const key of (await world.pass(from)).listed.keys()) listed.add(key);
      }
      for (const [key, each] of world.histories) {
        // What only one core has changed is moved, whatever was killed.
        if (listed.has(key)) expect({ key, by: each.by.size }).toEqual({ key, by: 2 });
        else checkUnlisted(world, key, each);
      }
      const before = [world.sides.official.all(), world.sides.ours.all()];
      for (const from of [first, otherThan(first)]) await world.pass(from);
      expect([world.sides.official.all(), world.sides.ours.all()]).toEqual(before);
    });
    await fc.assert(property, { numRuns: 500 });
  });
});
