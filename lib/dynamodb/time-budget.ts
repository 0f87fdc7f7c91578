import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';

/** When the time of what is running is up, by {@link monotonicNow}. */
const deadline = new AsyncLocalStorage<number>();

/** ms, from a beginning of its own. Node.js loads `performance` at its first use, 1 ms of a cold start. */
export const monotonicNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Runs `work` with so many ms for all that it asks of others; never with more than it has already been given. */
export const withinBudget = <T>(ms: number, work: () => Promise<T>): Promise<T> =>
  deadline.run(monotonicNow() + Math.min(ms, timeLeft()), work);

/** How many ms what is running still has; less than 0 if its time is up, infinite if nobody has set a limit. */
export const timeLeft = (): number => (deadline.getStore() ?? Number.POSITIVE_INFINITY) - monotonicNow();

/**
 * What a function keeps of its time to answer that the rest was not enough, ms. Every call then ends in time by itself;
 * middy's early timeout, a little later, is for what does not.
 */
const ROOM_TO_ANSWER = 500;

/** Gives each event the time that Lambda gives the function, less what answering takes. */
export const withinLambdaTime =
  <Event, Result>(handler: (event: Event, context: Context) => Promise<Result>) =>
  (event: Event, context: Context): Promise<Result> =>
    withinBudget(context.getRemainingTimeInMillis() - ROOM_TO_ANSWER, () => handler(event, context));
