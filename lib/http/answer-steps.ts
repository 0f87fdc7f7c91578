import { setTimeout as sleep } from 'node:timers/promises';
import type { Millis } from '../core/types.ts';
import { monotonicNow, timeLeft } from '../dynamodb/time-budget.ts';

/**
 * Lets the time of an answer reveal only how many steps it took: the answer, or the error, waits until the step has ended.
 * It waits no longer than the request's time.
 */
export async function atEndOfStep<T>(step: Millis, answer: () => Promise<T>): Promise<T> {
  const start = monotonicNow();
  try {
    return await answer();
  } finally {
    const rest = step - ((monotonicNow() - start) % step);
    await sleep(Math.max(0, Math.min(rest, timeLeft())));
  }
}
