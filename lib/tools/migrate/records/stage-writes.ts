import { concurrently } from '../../../core/concurrently.ts';
import { ItemTooLarge } from '../../../core/errors.ts';
import { DynamoDbError } from '../../../dynamodb/errors.ts';
import type { MovedRecord, RefusedRecord, WriteOutcome } from './record-database.ts';

/** Conditional writes cannot be batched. As many records are written at once. */
export const AT_ONCE = 32;

type Work = { readonly record: MovedRecord | RefusedRecord };

/** Writes or removes records, some at once. @returns what became of each, by key */
export async function outcomesOf<W extends Work>(
  works: readonly W[],
  carryOut: (work: W) => Promise<WriteOutcome>,
): Promise<ReadonlyMap<string, WriteOutcome>> {
  const outcomes = new Map<string, WriteOutcome>();
  await concurrently(AT_ONCE, works, async (work) => {
    outcomes.set(work.record.key, await unlessTooLarge(work.record.key, () => carryOut(work)));
  });
  return outcomes;
}

/** What is too large for one item is known for certain only when it is written. */
export async function unlessTooLarge(key: string, carryOut: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
  try {
    return await carryOut();
  } catch (error) {
    if (isTooLarge(error)) return refusal(key, 'it is too large for one DynamoDB item (400 KB)');
    throw error;
  }
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof ItemTooLarge || (error instanceof DynamoDbError && error.fault === 'ItemTooLarge');

export const outcomeOf = (isDone: boolean): WriteOutcome => (isDone ? 'written' : 'overtaken');

export const refusal = (key: string, reason: string): RefusedRecord => ({ key, reason });
