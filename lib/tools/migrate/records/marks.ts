import { createHash } from 'node:crypto';
import { isEmptyPart, type MovedRecord, type Part } from './record-database.ts';
import { type MergeRule, type PartName, partsOf, type RecordKind } from './record-kind.ts';

/**
 * What is kept of a part that both sides had in common. Of a `whole` part it is a fingerprint, of `elements` the
 * fingerprints of all, and of a `later` part nothing. Parts with the same mark are the same.
 */
export type Mark = string;

/** The marks of a record by the names of its parts. A part without one was empty. */
export type Marks = Readonly<Record<string, Mark>>;

/** Of a part that is `null` or an empty list. */
export const EMPTY: Mark = '';

/** Of a part that both sides have never been seen to have in common. No part has this mark. */
export const UNKNOWN: Mark = '?';

export function marksOf<R extends MovedRecord>(kind: RecordKind<R>, { parts }: Pick<R, 'parts'>): Marks {
  const marks = partsOf(kind).map((name) => [name, markOf(kind.rules[name], partIn<R>(parts, name))] as const);
  return Object.fromEntries(marks.filter(([, mark]) => mark !== EMPTY));
}

export const markIn = (marks: Marks, name: string): Mark => marks[name] ?? EMPTY;

export const partIn = <R extends MovedRecord>(parts: R['parts'], name: PartName<R>): Part => parts[name] as Part;

export function markOf(rule: MergeRule, part: Part): Mark {
  if (rule === 'later' || isEmptyPart(part)) return EMPTY;
  return rule === 'whole' ? fingerprintOf(part) : markOfElements(elementsOf(part).map(fingerprintOf));
}

/** The elements of a part that is a list. */
export const elementsOf = (part: Part): readonly Part[] => (Array.isArray(part) ? part : []);

export const markOfElements = (fingerprints: readonly string[]): Mark => [...fingerprints].sort().join(' ');

/** The fingerprints in the mark of a list. Empty if the mark is {@link UNKNOWN}. */
export const fingerprintsIn = (mark: Mark): ReadonlySet<string> =>
  new Set(mark === EMPTY || mark === UNKNOWN ? [] : mark.split(' '));

/** 128 bits are enough, since a collision only hides that one part of one record has changed. */
export const fingerprintOf = (part: Part): string =>
  createHash('sha256').update(JSON.stringify(part, withSortedNames)).digest().subarray(0, 16).toString('base64url');

/** The two sides need not name the members of an object in the same order. */
const withSortedNames = (_name: string, value: Part): Part =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value;

const isObject = (part: Part): part is Extract<Part, { readonly [name: string]: Part }> =>
  part !== null && typeof part === 'object' && !Array.isArray(part);
