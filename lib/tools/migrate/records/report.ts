import type { Millis } from '../../../core/types.ts';
import { peakMemory } from '../peak-memory.ts';
import { durationOf } from '../progress.ts';
import type { PassOutcome } from './pass.ts';
import type { Comparison } from './verify.ts';

const number = (value: number): string => value.toLocaleString('en');

/** What a pass over the records of one kind came to. @param elapsed ms */
export function reportOf(title: string, { tally, count }: PassOutcome, elapsed: Millis): string[] {
  const rate = Math.round(count / Math.max(elapsed / 1000, 0.001));
  const peak = Math.round(peakMemory() / 1_000_000);
  return [
    `${title}: created ${number(tally.created)}, changed ${number(tally.changed)}, deleted ${number(tally.removed)}`,
    `  the same already ${number(tally.same)}, newer there ${number(tally.newer)}, deleted there ${number(tally.deleted)}`,
    `  in conflict ${number(tally.conflict)}, not moved ${number(tally.refused)}`,
    `  ${number(count)} in ${durationOf(elapsed / 1000)}: ${number(rate)}/s; peak memory ${peak} MB`,
  ];
}

/** What a comparison of the records of one kind came to. */
export const describeComparison = (
  title: string,
  { compared, same, newer, different, onlyThere }: Comparison,
): string =>
  `${title}: compared ${number(compared)}: ${number(same)} the same, ${number(newer)} changed or deleted there since, ` +
  `${number(different)} missing or different. ${number(onlyThere)} more are only there`;
