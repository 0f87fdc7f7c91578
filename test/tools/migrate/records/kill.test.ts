import { Process, someThing } from './memory-sides.ts';
import { otherThan, type SideName, World } from './world.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];

/** What the killed pass is to do, of a source whose records were moved before. */
const WORK: Readonly<Record<string, (world: World, from: SideName) => void>> = {
  'creates records': (world, from) => {
    for (const key of ['f', 'g', 'h']) {
      world.sides[from].put(someThing(key, { name: key, color: 'red', tickets: [key], seenAt: 1 }));
    }
  },
  'changes records': (world, from) => {
    for (const key of KEYS) {
      world.sides[from].put(someThing(key, { name: `new ${key}`, color: 'blue', tickets: ['x'], seenAt: 2 }));
    }
  },
  'merges records': (world, from) => {
    for (const key of KEYS) {
      const parts = { tickets: [key], seenAt: 1 };
      world.sides[from].put(someThing(key, { ...parts, name: `new ${key}`, color: 'red', tickets: [key, 'x'] }));
      world.sides[otherThan(from)].put(someThing(key, { ...parts, name: key, color: 'blue', tickets: ['y'] }));
    }
  },
  'deletes records': (world, from) => {
    for (const key of KEYS.slice(0, 3)) world.sides[from].delete(key);
  },
  'lists conflicts': (world, from) => {
    for (const key of KEYS) {
      world.sides[from].put(someThing(key, { name: 'here', color: 'green', tickets: [key], seenAt: 1 }));
      world.sides[otherThan(from)].put(someThing(key, { name: 'there', color: 'red', tickets: [key], seenAt: 1 }));
    }
  },
};

async function begin(work: string, from: SideName): Promise<World> {
  const world = new World();
  for (const key of KEYS) {
    world.sides[from].put(someThing(key, { name: key, color: 'red', tickets: [key], seenAt: 1 }));
  }
  await world.pass(from);
  WORK[work]?.(world, from);
  return world;
}

/** All that a pass leaves. */
const stateOf = (world: World) => ({ ...sidesOf(world), agreements: world.agreements.all });
function sidesOf({ sides }: World, listed: ReadonlyMap<string, string> = new Map()) {
  const unlisted = (side: SideName) => sides[side].all().filter(({ key }) => !listed.has(key));
  return { official: unlisted('official'), ours: unlisted('ours') };
}

const CASES = Object.keys(WORK).flatMap((work) => (['official', 'ours'] as const).map((from) => ({ work, from })));

describe.each(CASES)('a pass from the $from side that $work, killed at any of its writes,', ({ work, from }) => {
  let undisturbed: World;
  beforeEach(async () => {
    undisturbed = await begin(work, from);
  });

  /** Kills the pass at each of its writes, one after the other. */
  async function killEverywhere(next: (world: World, what: string) => Promise<void>): Promise<void> {
    for (let write = 1; ; write++) {
      const process = new Process(write);
      const world = await begin(work, from);
      await world.pass(from, process);
      if (!process.isDead) {
        expect(write).toBeGreaterThan(4);
        return;
      }
      await next(world, `killed at write ${write}`);
    }
  }

  test('leaves what the next pass completes', async () => {
    const { listed } = await undisturbed.pass(from);
    await killEverywhere(async (world, what) => {
      const again = await world.pass(from);
      expect({ what, listed: again.listed, ...stateOf(world) }).toEqual({ what, listed, ...stateOf(undisturbed) });
      expect({ what, ...(await world.verify(from)) }).toMatchObject({ what, ...(await undisturbed.verify(from)) });
    });
  });

  test('leaves what the next pass completes, though that one is killed too', async () => {
    const { listed } = await undisturbed.pass(from);
    await killEverywhere(async (world, what) => {
      await world.pass(from, new Process(5));
      await world.pass(from, new Process(9));
      const again = await world.pass(from);
      expect({ what, listed: again.listed, ...stateOf(world) }).toEqual({ what, listed, ...stateOf(undisturbed) });
    });
  });

  test('undoes nothing if the pass back comes first', async () => {
    await undisturbed.pass(from);
    await undisturbed.pass(otherThan(from));
    await killEverywhere(async (world, what) => {
      await world.pass(otherThan(from));
      await world.pass(from);
      await world.pass(otherThan(from));
      expect({ what, ...stateOf(world) }).toEqual({ what, ...stateOf(undisturbed) });
    });
  });

  test('moves what the source has created, changed and deleted before the next pass', async () => {
    const change = (world: World) => {
      const source = world.sides[from];
      for (const key of ['aa', 'z']) source.put(someThing(key, { name: key }));
      source.put(
        someThing('a', { name: 'newest', color: source.get('a')?.parts.color ?? 'red', tickets: ['z'], seenAt: 9 }),
      );
      source.delete('e');
    };
    change(undisturbed);
    const { listed } = await undisturbed.pass(from);
    await killEverywhere(async (world, what) => {
      change(world);
      const again = await world.pass(from);
      for (const key of ['aa', 'z']) expect(world.sides[otherThan(from)].get(key)).toBeDefined();
      if (again.listed.size === listed.size) {
        // What is listed stays as it was, with or without what the killed pass had written.
        expect({ what, ...sidesOf(world, listed) }).toEqual({ what, ...sidesOf(undisturbed, listed) });
      } else {
        // What was half written when both sides changed it is listed, and never guessed.
        expect({ what, listed: [...again.listed.keys()] }).toEqual({ what, listed: expect.arrayContaining(['a']) });
      }
    });
  });
});
