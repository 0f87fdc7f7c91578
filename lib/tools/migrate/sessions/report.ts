import type { Millis } from '../../../core/types.ts';
import type { Outcome } from '../job.ts';
import { peakMemory } from '../peak-memory.ts';
import { durationOf } from '../progress.ts';
import type { Comparison } from './verify.ts';

const number = (value: number): string => value.toLocaleString('en');

/** What was done with the sessions. @param elapsed ms */
export function reportOf({ tally, count }: Outcome, elapsed: Millis): string[] {
  const rate = Math.round(count / Math.max(elapsed / 1000, 0.001));
  const peak = Math.round(peakMemory() / 1_000_000);
  return [
    `Created ${number(tally.create)}, replaced ${number(tally.replace)}, revoked ${number(tally.removed)}`,
    `The same already ${number(tally.same)}, newer there ${number(tally.keep)}, revoked there ${number(tally.revoked)}`,
    `Not moved ${number(tally.refused)}, expired ${number(tally.expired)}`,
    `${number(count)} sessions in ${durationOf(elapsed / 1000)}: ${number(rate)}/s; peak memory ${peak} MB`,
  ];
}

/** How the sessions of both sides compare. */
export const describeComparison = ({ compared, same, newer, missing, onlyThere }: Comparison): string =>
  `Compared ${number(compared)}: ${number(same)} the same, ${number(newer)} changed or revoked there since, ` +
  `${number(missing)} missing or different. ${number(onlyThere)} more are only there`;
