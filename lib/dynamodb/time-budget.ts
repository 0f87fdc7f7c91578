import { AsyncLocalStorage } from 'node:async_hooks';

interface Budget {
  /** When the time of what is running is up, by {@link monotonicNow}. */
  end: number;
  /** Whether {@link uncounted} moves the end. */
  readonly isExtensible: boolean;
}

const budget = new AsyncLocalStorage<Budget>();

/** ms, from a beginning of its own. Node.js loads `performance` at its first use, 1 ms of a cold start. */
export const monotonicNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Runs `work` with a limit in ms for all its calls. An outer limit that ends earlier stays in force. */
export const withinBudget = <T>(ms: number, work: () => Promise<T>): Promise<T> => run(ms, false, work);

/** Like {@link withinBudget}, but {@link uncounted} work takes none of the time. For a process that nothing ends at a limit. */
export const withinExtensibleBudget = <T>(ms: number, work: () => Promise<T>): Promise<T> => run(ms, true, work);

const run = <T>(ms: number, isExtensible: boolean, work: () => Promise<T>): Promise<T> =>
  budget.run({ end: monotonicNow() + Math.min(ms, timeLeft()), isExtensible }, work);

/** Runs work that waits for a processor and calls no store, such as hashing a password while others are hashed. */
export async function uncounted<T>(work: () => Promise<T>): Promise<T> {
  const running = budget.getStore();
  const began = monotonicNow();
  try {
    return await work();
  } finally {
    if (running?.isExtensible) running.end += monotonicNow() - began;
  }
}

/** How many ms the running code has left. Less than 0 if its time is up, and infinite without a limit. */
export const timeLeft = (): number => (budget.getStore()?.end ?? Number.POSITIVE_INFINITY) - monotonicNow();

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
