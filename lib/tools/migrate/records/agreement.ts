import type { Side } from '../side.ts';
import { EMPTY, fingerprintsIn, type Mark, type Marks, markIn, markOfElements, UNKNOWN } from './marks.ts';
import type { MovedRecord } from './record-database.ts';
import { partsOf, type RecordKind } from './record-kind.ts';

/** What a pass knows of a record from the passes before it. */
export interface Agreement {
  readonly key: string;
  /** Of the record that both sides last had in common; `undefined` until a first write is known to be done. */
  readonly marks: Marks | undefined;
  /** A write that was about to be made. It stays if the pass is killed before it learns the outcome. */
  readonly announced: AnnouncedWrite | undefined;
}

export interface AnnouncedWrite {
  /** The side that was to be written. */
  readonly to: Side;
  /** Of the record that both sides have in common after the write; `undefined` if the write deletes it. */
  readonly marks: Marks | undefined;
  /** See `RecordDatabase.write`. A database that gives a ticket writes the whole record or nothing. */
  readonly ticket: string | undefined;
}

/** What the side that an announced write went to has now. */
export interface Written {
  /** The marks of its record; `undefined` if it has none. */
  readonly marks: Marks | undefined;
  /** Whether the record was created by that write, and deleted since. */
  readonly wasCreated: boolean;
}

/**
 * What both sides last had in common. A killed pass may have done the write that it had announced, some of it, or nothing. The side that it
 * went to shows it, unless that side has changed the record since.
 * @param written is called if a write was announced
 * @returns `undefined` if both sides never had the record
 */
export function commonMarks<R extends MovedRecord>(
  kind: RecordKind<R>,
  agreement: Agreement | undefined,
  written: (to: Side) => Written,
): Marks | undefined {
  const { marks: before, announced } = agreement ?? {};
  if (announced === undefined) return before;
  const { marks: now, wasCreated } = written(announced.to);
  // A record that is there again after its deletion is a new one.
  if (announced.marks === undefined) return now && commonAmidDeletion(kind, before, now);
  if (now === undefined) return before ?? (wasCreated ? announced.marks : undefined);
  const isWholeOrNothing = before === undefined && announced.ticket !== undefined;
  const entries = partsOf(kind).map((name) => {
    const after = markIn(announced.marks ?? {}, name);
    const isList = kind.rules[name] === 'elements';
    if (isWholeOrNothing && (isList || after === EMPTY)) return [name, after] as const;
    const states = { before: isWholeOrNothing ? UNKNOWN : markIn(before ?? {}, name), after, now: markIn(now, name) };
    return [name, isList ? commonElements(states) : commonWhole(states)] as const;
  });
  return Object.fromEntries(entries.filter(([, mark]) => mark !== EMPTY));
}

interface PartStates {
  /** Of a new record: empty if the write may have been done in part. */
  readonly before: Mark;
  readonly after: Mark;
  /** On the side that was to be written. */
  readonly now: Mark;
}

/**
 * A part that is neither as it was nor as it was to be has changed since. Whether that was before or after the write is
 * not known.
 */
function commonWhole({ before, after, now }: PartStates): Mark {
  if (now === after || before === after) return after;
  return now === before ? before : UNKNOWN;
}

/** An element that was to come and is not there counts as one that was never written. */
function commonElements({ before, after, now }: PartStates): Mark {
  const there = fingerprintsIn(now);
  const come = [...fingerprintsIn(after)].filter((element) => there.has(element));
  return markOfElements([...new Set([...fingerprintsIn(before), ...come])]);
}

/** The parts that are missing may have been deleted by the pass: they do not count as changed. */
function commonAmidDeletion<R extends MovedRecord>(
  kind: RecordKind<R>,
  before: Marks | undefined,
  now: Marks,
): Marks | undefined {
  if (before === undefined) return undefined;
  const left = partsOf(kind).filter((name) => markIn(now, name) !== EMPTY);
  return Object.fromEntries(left.map((name) => [name, markIn(before, name)]).filter(([, mark]) => mark !== EMPTY));
}
