import type { MovedRecord } from './record-database.ts';

/**
 * How a part is merged. `whole`: if both sides have changed it, that is a conflict. `elements`: a list whose elements never change, but
 * come and go one by one. `later`: a time, of which the later one is right.
 */
export type MergeRule = 'whole' | 'elements' | 'later';

/** What is the same for all records of a kind. */
export interface RecordKind<R extends MovedRecord> {
  /** In keys of items, such as `user`. It never changes. */
  readonly name: string;
  /** In what is printed, such as `user`. */
  readonly one: string;
  /** In what is printed, such as `Users`. */
  readonly title: string;
  readonly rules: Readonly<Record<PartName<R>, MergeRule>>;
  /** What a part is called in what is printed, such as `the metadata`. */
  readonly partNames: Readonly<Record<PartName<R>, string>>;
  /** Whether a part is only what a deletion has left in the place of a record. It is no change that a deletion would lose. */
  readonly isRemnant?: (name: PartName<R>, parts: R['parts']) => boolean;
}

export type PartName<R extends MovedRecord> = keyof R['parts'] & string;

/** The names of all parts, always in the same order. */
export const partsOf = <R extends MovedRecord>({ rules }: Pick<RecordKind<R>, 'rules'>): readonly PartName<R>[] =>
  Object.keys(rules) as PartName<R>[];
