import { AsyncLocalStorage } from 'node:async_hooks';

/** When the time of what is running is up, by {@link monotonicNow}. */
const deadline = new AsyncLocalStorage<number>();

/** ms, from a beginning of its own. Node.js loads `performance` at its first use, 1 ms of a cold start. */
export const monotonicNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Runs `work` with so many ms for all that it asks of others; never with more than it has already been given. */
export const withinBudget = <T>(ms: number, work: () => Promise<T>): Promise<T> =>
  deadline.run(monotonicNow() + Math.min(ms, timeLeft()), work);

/** How many ms what is running still has; less than 0 if its time is up, infinite if nobody has set a limit. */
export const timeLeft = (): number => (deadline.getStore() ?? Number.POSITIVE_INFINITY) - monotonicNow();
