import { emptyTally } from '../../../../lib/tools/migrate/records/move.ts';
import { Process, someThing } from './memory-sides.ts';
import { otherThan, type SideName, World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});

const SIDES: readonly SideName[] = ['official', 'ours'];

const five = () => ['a', 'b', 'c', 'd', 'e'].map((key) => someThing(key, { name: key, tickets: [`ticket ${key}`] }));

describe.each(SIDES)('a pass from the %s side', (from) => {
  const to = otherThan(from);
  const [source, target] = [() => world.sides[from], () => world.sides[to]];

  beforeEach(() => {
    for (const thing of five()) source().put(thing);
  });

  test('creates every record, and a second one changes nothing', async () => {
    expect((await world.pass(from)).tally).toEqual({ ...emptyTally(), created: 5 });
    expect(target().all()).toEqual(five());
    const process = new Process();
    expect((await world.pass(from, process)).tally).toEqual({ ...emptyTally(), same: 5 });
    // Only how far it has come is noted, for each of three pages and at the end.
    expect(process.writes).toBe(4);
  });

  test('changes nothing in a dry run', async () => {
    const process = new Process(1);
    expect((await world.pass(from, process, true)).tally).toEqual({ ...emptyTally(), created: 5 });
    expect(target().all()).toEqual([]);
    await world.pass(from);
    source().put(someThing('a', { name: 'new' }));
    source().delete('b');
    expect((await world.pass(from, process, true)).tally).toMatchObject({ changed: 1, removed: 1, same: 3 });
    expect(target().get('b')).toBeDefined();
  });

  test('moves what the source has created, changed and deleted since', async () => {
    await world.pass(from);
    source().put(someThing('a', { name: 'new' }));
    source().delete('b');
    source().put(someThing('f', { color: 'red' }));
    expect((await world.pass(from)).tally).toEqual({ ...emptyTally(), created: 1, changed: 1, removed: 1, same: 3 });
    expect(target().all()).toEqual(source().all());
  });

  test('leaves what the target has changed and deleted since, and the pass back moves that', async () => {
    await world.pass(from);
    target().put(someThing('a', { name: 'new' }));
    target().delete('b');
    expect((await world.pass(from)).tally).toEqual({ ...emptyTally(), newer: 1, deleted: 1, same: 3 });
    expect((await world.pass(to)).tally).toEqual({ ...emptyTally(), changed: 1, removed: 1, same: 3 });
    expect(target().all()).toEqual(source().all());
  });

  test('merges a record that both sides have changed, and lists only the part that both have', async () => {
    await world.pass(from);
    source().put(someThing('a', { name: 'here', color: 'red', tickets: ['ticket a'], seenAt: 2 }));
    target().put(someThing('a', { name: 'there', tickets: ['ticket a', 'ticket x'], seenAt: 1 }));
    const { tally, listed } = await world.pass(from);
    expect(tally).toEqual({ ...emptyTally(), changed: 1, conflict: 1, same: 4 });
    expect([...listed]).toEqual([['a', 'both sides have changed the name. Each side keeps its own']]);
    const parts = { color: 'red', tickets: ['ticket a', 'ticket x'], seenAt: 2 };
    expect(target().get('a')).toEqual(someThing('a', { ...parts, name: 'there' }));
    expect((await world.pass(to)).tally).toMatchObject({ conflict: 1, changed: 1 });
    expect(source().get('a')).toEqual(someThing('a', { ...parts, name: 'here' }));
    expect((await world.pass(from)).tally).toMatchObject({ conflict: 1, changed: 0 });
    // Once both names are the same, there is no conflict any more.
    source().put(someThing('a', { ...parts, name: 'there' }));
    expect((await world.pass(from)).tally).toEqual({ ...emptyTally(), same: 5 });
  });

  test('lists what one side has deleted and the other has changed, and touches neither', async () => {
    await world.pass(from);
    source().delete('a');
    target().put(someThing('a', { name: 'there' }));
    target().delete('b');
    source().put(someThing('b', { name: 'here' }));
    const { tally, listed } = await world.pass(from);
    expect(tally).toMatchObject({ conflict: 2, removed: 0 });
    expect(listed).toEqual(
      new Map([
        ['b', 'deleted in the target, and changed in the source since'],
        ['a', 'deleted in the source, and changed in the target since'],
      ]),
    );
    expect((await world.pass(to)).tally).toMatchObject({ conflict: 2, removed: 0 });
    expect([source().get('a'), target().get('b')]).toEqual([undefined, undefined]);
  });

  test('brings back no element that the target has used', async () => {
    await world.pass(from);
    target().put(someThing('a', { name: 'a' }));
    expect((await world.pass(from)).tally).toMatchObject({ newer: 1 });
    expect(target().get('a')?.parts.tickets).toEqual([]);
    await world.pass(to);
    expect(source().get('a')?.parts.tickets).toEqual([]);
  });

  test('lists a record that is on both sides and was never moved, if it differs', async () => {
    target().put(someThing('a', { name: 'other' }));
    target().put(someThing('b', { name: 'b', tickets: ['ticket b'] }));
    expect((await world.pass(from)).tally).toEqual({ ...emptyTally(), created: 3, changed: 1, same: 1, conflict: 1 });
    expect(target().get('a')).toEqual(someThing('a', { name: 'other', tickets: ['ticket a'] }));
  });

  test('lists what the target cannot keep', async () => {
    source().put(someThing('a', { name: 'too long' }));
    const { tally, listed } = await world.pass(from);
    expect(tally).toEqual({ ...emptyTally(), created: 4, refused: 1 });
    expect([...listed]).toEqual([['a', 'its name is too long']]);
    source().put(someThing('a', { name: 'short' }));
    expect((await world.pass(from)).tally).toMatchObject({ created: 1, same: 4 });
  });

  test('deletes nothing if the source has nothing left, and creates nothing again if the target has nothing left', async () => {
    await world.pass(from);
    for (const { key } of five()) source().delete(key);
    const emptied = await world.pass(from);
    expect(emptied.tally).toEqual({ ...emptyTally(), refused: 1 });
    expect(emptied.listed.get('(all of them)')).toMatch(/^the source has none left/);
    expect(target().all()).toHaveLength(5);
    const back = await world.pass(to);
    expect(back.tally).toEqual({ ...emptyTally(), deleted: 5, refused: 1 });
    expect(back.listed.get('(all of them)')).toMatch(/^the target has none left/);
  });

  test('deletes all that the source has deleted, if the source still has users', async () => {
    await world.pass(from);
    world.users = new World().sides;
    world.users[from].put(someThing('user'));
    for (const { key } of five()) source().delete(key);
    expect((await world.pass(from)).tally).toEqual({ ...emptyTally(), removed: 5 });
    expect(target().all()).toEqual([]);
  });

  test('forgets what both sides have deleted', async () => {
    await world.pass(from);
    for (const side of [source(), target()]) side.delete('a');
    await world.pass(from);
    source().put(someThing('a', { name: 'again' }));
    expect((await world.pass(from)).tally).toMatchObject({ created: 1 });
  });
});

describe('a record that stands in the way of another', () => {
  const nameIsTaken =
    (side: SideName) =>
    ({ key, parts: { name } }: ReturnType<typeof someThing>) => {
      const other = world.sides[side].all().find((thing) => thing.key !== key && thing.parts.name === name);
      return other && `${other.key} has that name`;
    };

  test.each(SIDES)('is deleted from the other side first, or changed, if the %s side did so', async (from) => {
    const [source, target] = [world.sides[from], world.sides[otherThan(from)]];
    target.blockedBy = nameIsTaken(otherThan(from));
    for (const key of ['a', 'b', 'c', 'd', 'e']) source.put(someThing(key, { name: key }));
    await world.pass(from);
    // a gets the name that b had, b the name that c had, and c one of its own; e was deleted, and d has its name.
    for (const [key, name] of ['ab', 'bc', 'cx', 'de']) source.put(someThing(String(key), { name: String(name) }));
    source.delete('e');
    const { tally, listed } = await world.pass(from);
    expect([...listed]).toEqual([]);
    expect(tally).toEqual({ ...emptyTally(), changed: 4, removed: 1 });
    expect(target.all()).toEqual(source.all());
  });

  test.each(SIDES)('is listed if it stays, from the %s side, and moved once it goes', async (from) => {
    const [source, target] = [world.sides[from], world.sides[otherThan(from)]];
    target.blockedBy = nameIsTaken(otherThan(from));
    target.put(someThing('z', { name: 'a' }));
    source.put(someThing('a', { name: 'a' }));
    const { tally, listed } = await world.pass(from);
    expect(tally).toEqual({ ...emptyTally(), refused: 1 });
    expect([...listed]).toEqual([['a', 'z has that name']]);
    expect(world.agreements.all).toEqual([]);
    target.delete('z');
    expect((await world.pass(from)).tally).toEqual({ ...emptyTally(), created: 1 });
  });
});

describe.each(SIDES)('a record that changes while it is moved from the %s side', (from) => {
  test('is decided upon again', async () => {
    const [source, target] = [world.sides[from], world.sides[otherThan(from)]];
    source.put(someThing('a', { name: 'one', color: 'red' }));
    await world.pass(from);
    for (let write = 1; ; write++) {
      source.put(someThing('a', { name: `name ${write}`, color: source.get('a')?.parts.color ?? null }));
      const change = () =>
        target.put({ key: 'a', parts: { ...target.get('a')?.parts, color: `color ${write}` } as never });
      const process = new Process(undefined, new Map([[write, change]]));
      const { listed } = await world.pass(from, process);
      expect([...listed]).toEqual([]);
      await world.pass(otherThan(from));
      const isMeanwhile = process.writes >= write;
      const color = isMeanwhile ? `color ${write}` : `color ${write - 1}`;
      for (const side of [source, target])
        expect(side.get('a')).toEqual(someThing('a', { name: `name ${write}`, color }));
      if (!isMeanwhile) break;
    }
  });
});

describe.each(SIDES)('a comparison after a pass from the %s side', (from) => {
  test('finds every part that differs, and what is on one side only', async () => {
    const [source, target] = [world.sides[from], world.sides[otherThan(from)]];
    for (const thing of five()) source.put(thing);
    await world.pass(from);
    expect(await world.verify(from)).toEqual({
      compared: 5,
      same: 5,
      newer: 0,
      different: 0,
      onlyThere: 0,
      printed: [],
    });
    source.put(someThing('a', { name: 'a', tickets: ['ticket a'], seenAt: 5 }));
    source.delete('b');
    source.put(someThing('f'));
    target.put(someThing('g'));
    target.put(someThing('c', { name: 'there', tickets: ['ticket c'] }));
    target.delete('d');
    expect(await world.verify(from)).toEqual({
      compared: 6,
      same: 1,
      newer: 2,
      different: 3,
      onlyThere: 1,
      printed: [
        'Different: thing a: seenAt older in the target',
        'Different: thing f: missing in the target',
        'Different: thing b: deleted in the source, and still in the target',
      ],
    });
  });
});
