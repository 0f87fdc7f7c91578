import {
  EMPTY,
  elementsOf,
  fingerprintOf,
  fingerprintsIn,
  type Mark,
  type Marks,
  markIn,
  markOf,
  partIn,
  UNKNOWN,
} from './marks.ts';
import type { MovedRecord, Part } from './record-database.ts';
import { type MergeRule, type PartName, partsOf, type RecordKind } from './record-kind.ts';

/**
 * What becomes of a part. `same`: both sides have the same. `take`: only the source has changed it. `keep`: only the target has.
 * `both`: the target gets what the source has added, and keeps what it has added. `conflict`: both have changed it, and the target keeps its
 * own.
 */
export type PartOutcome = 'same' | 'take' | 'keep' | 'both' | 'conflict';

/** A part of both sides, and the mark of what they last had in common. */
export interface PartStates {
  readonly source: Part;
  readonly target: Part;
  readonly common: Mark;
}

export interface MergedPart {
  /** As the target is to have it. */
  readonly value: Part;
  readonly outcome: PartOutcome;
  /** Of what both sides have in common then. */
  readonly common: Mark;
}

/** The three-way merge of one part. */
export function mergePart(rule: MergeRule, states: PartStates): MergedPart {
  switch (rule) {
    case 'whole':
      return mergeWhole(states);
    case 'elements':
      return mergeElements(states);
    case 'later':
      return mergeTimes(states);
  }
}

/** Whatever the outcome, the target has come past the source's state; only a conflict stays undecided. */
function mergeWhole({ source, target, common }: PartStates): MergedPart {
  const [here, there] = [markOf('whole', source), markOf('whole', target)];
  if (here === there) return { value: target, outcome: 'same', common: here };
  if (here === common) return { value: target, outcome: 'keep', common: here };
  if (there === common) return { value: source, outcome: 'take', common: here };
  return { value: target, outcome: 'conflict', common };
}

/** An element that both had and one side has no longer was used there, and is not needed on the other. */
function mergeElements({ source, target, common }: PartStates): MergedPart {
  const known = fingerprintsIn(common);
  const here = byFingerprint(source);
  const there = byFingerprint(target);
  const come = [...here].filter(([element]) => !there.has(element) && !known.has(element));
  const kept = [...there].filter(([element]) => here.has(element) || !known.has(element));
  const isUsedThere = [...here.keys()].some((element) => !there.has(element) && known.has(element));
  const isTargetNewer = isUsedThere || kept.some(([element]) => !here.has(element));
  const isSourceNewer = come.length > 0 || kept.length < there.size;
  const result = {
    value: sorted([...kept, ...come].map(([, element]) => element)),
    common: markOf('elements', source),
  };
  if (isSourceNewer) return { ...result, outcome: isTargetNewer ? 'both' : 'take' };
  return { ...result, outcome: isTargetNewer ? 'keep' : 'same' };
}

const byFingerprint = (part: Part): ReadonlyMap<string, Part> =>
  new Map(elementsOf(part).map((element) => [fingerprintOf(element), element]));

function sorted(elements: readonly Part[]): readonly Part[] {
  const byText = elements.map((element) => [JSON.stringify(element), element] as const);
  return byText.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, element]) => element);
}

function mergeTimes({ source, target }: PartStates): MergedPart {
  const [here, there] = [timeIn(source), timeIn(target)];
  if (here === there) return { value: target, outcome: 'same', common: EMPTY };
  return here > there
    ? { value: source, outcome: 'take', common: EMPTY }
    : { value: target, outcome: 'keep', common: EMPTY };
}

const timeIn = (part: Part): number => (typeof part === 'number' ? part : Number.NEGATIVE_INFINITY);

/** What becomes of a record that both sides have. */
export interface MergedRecord<R extends MovedRecord> {
  /** As the target is to have it. */
  readonly record: R;
  /** The parts that the target has to change. */
  readonly changed: readonly PartName<R>[];
  /** The parts that both sides have changed. */
  readonly conflicts: readonly PartName<R>[];
  /** Whether the target has something that the source lacks, conflicts aside. */
  readonly isTargetNewer: boolean;
  /** What both sides have in common once the target has the record. */
  readonly common: Marks;
}

/** @param common what both sides last had in common; `undefined` if they never had the record */
export function mergeRecords<R extends MovedRecord>(
  kind: RecordKind<R>,
  source: R,
  target: R,
  common: Marks | undefined,
): MergedRecord<R> {
  const merged = partsOf(kind).map((name) => ({
    name,
    ...mergePart(kind.rules[name], {
      source: partIn<R>(source.parts, name),
      target: partIn<R>(target.parts, name),
      common: common === undefined ? UNKNOWN : markIn(common, name),
    }),
  }));
  const namesWith = (...outcomes: readonly PartOutcome[]) =>
    merged.filter(({ outcome }) => outcomes.includes(outcome)).map(({ name }) => name);
  return {
    record: { ...target, parts: Object.fromEntries(merged.map(({ name, value }) => [name, value])) },
    changed: namesWith('take', 'both'),
    conflicts: namesWith('conflict'),
    isTargetNewer: namesWith('keep', 'both').length > 0,
    common: Object.fromEntries(
      merged.map(({ name, common: mark }) => [name, mark]).filter(([, mark]) => mark !== EMPTY),
    ),
  };
}

/**
 * Whether a side has changed a record since both sides had it. An element that is gone, a later time and a remnant do not count: nothing
 * of them would be lost with the record.
 */
export function isChanged<R extends MovedRecord>(kind: RecordKind<R>, record: R, common: Marks): boolean {
  return partsOf(kind).some((name) => {
    if (kind.isRemnant?.(name, record.parts)) return false;
    const mark = markOf(kind.rules[name], partIn<R>(record.parts, name));
    if (kind.rules[name] === 'whole') return mark !== markIn(common, name);
    const known = fingerprintsIn(markIn(common, name));
    return [...fingerprintsIn(mark)].some((element) => !known.has(element));
  });
}
