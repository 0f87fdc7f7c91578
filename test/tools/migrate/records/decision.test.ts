import { isChanged, mergePart, mergeRecords } from '../../../../lib/tools/migrate/records/decision.ts';
import { EMPTY, type Marks, markOf, marksOf, UNKNOWN } from '../../../../lib/tools/migrate/records/marks.ts';
import type { Part } from '../../../../lib/tools/migrate/records/record-database.ts';
import { someThing, THINGS } from './memory-sides.ts';

describe('a part that is merged as a whole', () => {
  const merge = (source: Part, target: Part, common: Part | undefined) =>
    mergePart('whole', { source, target, common: common === undefined ? UNKNOWN : markOf('whole', common) });

  test.each<[what: string, source: Part, target: Part, common: Part | undefined, value: Part, outcome: string]>([
    ['is unchanged', 'a', 'a', 'a', 'a', 'same'],
    ['was changed by the source', 'b', 'a', 'a', 'b', 'take'],
    ['was changed by the target', 'a', 'b', 'a', 'b', 'keep'],
    ['was changed alike by both', 'b', 'b', 'a', 'b', 'same'],
    ['was changed differently by both', 'b', 'c', 'a', 'c', 'conflict'],
    ['was cleared by the source', null, 'a', 'a', null, 'take'],
    ['was cleared by the target', 'a', null, 'a', null, 'keep'],
    ['was cleared by the source and changed by the target', null, 'b', 'a', 'b', 'conflict'],
    ['was set by the source', 'a', null, null, 'a', 'take'],
    ['was set by both', 'a', 'b', null, 'b', 'conflict'],
    ['is a list that the source has changed', ['a', 'b'], ['a'], ['a'], ['a', 'b'], 'take'],
    ['is a list that both have changed', ['a', 'b'], ['a', 'c'], ['a'], ['a', 'c'], 'conflict'],
    ['was never known to be the same and is', 'a', 'a', undefined, 'a', 'same'],
    ['was never known to be the same and is not', 'a', 'b', undefined, 'b', 'conflict'],
    ['was never known to be the same and is on one side only', 'a', null, undefined, null, 'conflict'],
  ])('%s', (_what, source, target, common, value, outcome) => {
    expect(merge(source, target, common)).toMatchObject({ value, outcome });
  });

  test('has the state of the source in common from then on, unless there is a conflict', () => {
    expect(merge('b', 'a', 'a').common).toBe(markOf('whole', 'b'));
    expect(merge('a', 'b', 'a').common).toBe(markOf('whole', 'a'));
    expect(merge('b', 'c', 'a').common).toBe(markOf('whole', 'a'));
    expect(merge('b', 'c', undefined).common).toBe(UNKNOWN);
  });
});

describe('a part that is merged by its elements', () => {
  const merge = (source: Part, target: Part, common: Part) =>
    mergePart('elements', { source, target, common: markOf('elements', common) });

  test.each<[what: string, source: Part, target: Part, common: Part, value: Part, outcome: string]>([
    ['is unchanged', ['a'], ['a'], ['a'], ['a'], 'same'],
    ['has a new element in the source', ['a', 'b'], ['a'], ['a'], ['a', 'b'], 'take'],
    ['has a new element in the target', ['a'], ['a', 'b'], ['a'], ['a', 'b'], 'keep'],
    ['has a new element in each', ['a', 'b'], ['a', 'c'], ['a'], ['a', 'b', 'c'], 'both'],
    ['has lost an element in the source', [], ['a'], ['a'], [], 'take'],
    ['has lost an element in the target', ['a'], [], ['a'], [], 'keep'],
    ['has lost an element in both', [], [], ['a'], [], 'same'],
    ['has lost one in the source and got one in the target', [], ['a', 'b'], ['a'], ['b'], 'both'],
    ['has lost one in the target and got one in the source', ['a', 'b'], [], ['a'], ['b'], 'both'],
    ['was never the same', ['a'], ['b'], [], ['a', 'b'], 'both'],
  ])('%s', (_what, source, target, common, value, outcome) => {
    expect(merge(source, target, common)).toMatchObject({ value, outcome });
  });

  test('does not depend on the order of elements, nor of their members', () => {
    const [one, other] = [
      { hash: 'x', expiry: 1 },
      { expiry: 1, hash: 'x' },
    ];
    expect(merge([one, 'a'], ['a', other], [one]).outcome).toBe('same');
  });
});

describe('a part of which the later one is right', () => {
  test.each<[what: string, source: Part, target: Part, value: Part, outcome: string]>([
    ['is the same', 1, 1, 1, 'same'],
    ['is later in the source', 2, 1, 2, 'take'],
    ['is later in the target', 1, 2, 2, 'keep'],
    ['is in the source alone', 1, null, 1, 'take'],
    ['is in the target alone', null, 1, 1, 'keep'],
    ['is on neither side', null, null, null, 'same'],
  ])('%s', (_what, source, target, value, outcome) => {
    expect(mergePart('later', { source, target, common: EMPTY })).toEqual({ value, outcome, common: EMPTY });
  });
});

describe('a record', () => {
  const before = someThing('a', { name: 'old', color: 'red', tickets: ['one'], seenAt: 5 });
  const common: Marks = marksOf(THINGS, before);
  const having = (parts: Partial<typeof before.parts>) => ({ ...before, parts: { ...before.parts, ...parts } });

  test('gets every change of the source, and keeps every change of the target', () => {
    const merged = mergeRecords(
      THINGS,
      having({ name: 'new', seenAt: 7 }),
      having({ color: 'blue', tickets: [] }),
      common,
    );
    expect(merged.record).toEqual(having({ name: 'new', color: 'blue', tickets: [], seenAt: 7 }));
    expect(merged).toMatchObject({ changed: ['name', 'seenAt'], conflicts: [], isTargetNewer: true });
  });

  test('keeps a conflict to the part that has it', () => {
    const merged = mergeRecords(THINGS, having({ name: 'new', color: 'green' }), having({ color: 'blue' }), common);
    expect(merged.record).toEqual(having({ name: 'new', color: 'blue' }));
    expect(merged).toMatchObject({ changed: ['name'], conflicts: ['color'] });
    expect(merged.common).toMatchObject({ color: common.color });
  });

  test('of which only a remnant is left is not changed', () => {
    const kind = {
      ...THINGS,
      isRemnant: (name: string, { color }: { color: string | null }) => name === 'color' && color === 'gone',
    };
    expect(isChanged(kind, having({ color: 'gone' }), common)).toBe(false);
    expect(isChanged(kind, having({ color: 'gone', name: 'new' }), common)).toBe(true);
  });

  test.each<[what: string, parts: Partial<typeof before.parts>, changed: boolean]>([
    ['nothing', {}, false],
    ['another name', { name: 'new' }, true],
    ['no name', { name: null }, true],
    ['a new element', { tickets: ['one', 'two'] }, true],
    ['an element less', { tickets: [] }, false],
    ['a later time', { seenAt: 9 }, false],
  ])('with %s is, or is not, changed when the other side has deleted it', (_what, parts, changed) => {
    expect(isChanged(THINGS, having(parts), common)).toBe(changed);
  });
});
