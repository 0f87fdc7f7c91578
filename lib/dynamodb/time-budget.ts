import { AsyncLocalStorage } from 'node:async_hooks';

/** When the time of what is running is up, by {@link monotonicNow}. */
const deadline = new AsyncLocalStorage<number>();

/** ms, from a beginning of its own. Node.js loads `performance` at its first use, 1 ms of a cold start. */
export const monotonicNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Runs `work` with a limit in ms for all its calls. An outer limit that ends earlier stays in force. */
export const withinBudget = <T>(ms: number, work: () => Promise<T>): Promise<T> =>
  deadline.run(monotonicNow() + Math.min(ms, timeLeft()), work);

/** How many ms the running code has left. Less than 0 if its time is up, and infinite without a limit. */
export const timeLeft = (): number => (deadline.getStore() ?? Number.POSITIVE_INFINITY) - monotonicNow();

/**
 * Waits for work that has no limit of its own.
 * @param most ms; less if the running code has less left
 * @throws Error if the time is up. The work goes on all the same
 */
export async function inTime<T>(most: number, work: Promise<T>): Promise<T> {
  const limit = Math.min(most, timeLeft());
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No answer came within ${Math.round(limit)} ms`)), limit);
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
