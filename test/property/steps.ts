import fc from 'fast-check';

/** How many writes a process does before it dies in the middle of a request. `undefined` if it does not die. */
export type Death = number | undefined;

/** Half of the processes die, most of them early: the first writes decide most. */
export const deathWithin = (early: number, late: number): fc.Arbitrary<Death> =>
  fc.oneof(often(3, fc.nat(early)), often(1, fc.nat(late)), often(4, fc.constant(undefined)));

/** A step of that name. */
export const does = <Name extends string>(...names: Name[]) => fc.constantFrom(...names);

/** One choice of several, with its weight. */
export const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

/** The number of one of what there is by then, for {@link pick}. Mostly one of the newest, which earlier steps changed last. */
export const newest = (few: number, all: number): fc.Arbitrary<number> =>
  fc.oneof(often(3, fc.nat(few)), often(1, fc.nat(all)));

/** Counted from the newest, modulo how many there are. `undefined` if there are none. */
export const pick = <T>(list: readonly T[], number: number): T | undefined => list.at(-1 - (number % list.length));
