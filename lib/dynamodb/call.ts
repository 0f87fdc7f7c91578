import { connectionTo, type DynamoDbOptions } from './connection.ts';
import { DynamoDbError, type DynamoDbFault } from './errors.ts';
import { type Answer, createExchange, type Exchange, Refusal } from './exchange.ts';
import { timeLeft, withinBudget } from './time-budget.ts';

/**
 * When a call without a response is retried. `always`: the call is idempotent. `if-not-done`: only if DynamoDB certainly
 * did not carry it out.
 */
export type RetryPolicy = 'always' | 'if-not-done';

/** Whether what failed may have been done all the same. */
export const mayBeDone = (error: unknown): boolean =>
  error instanceof DynamoDbError && error.fault === 'Unavailable' && !isCertainlyUndone(error.cause);

/** One call with all its retries, ms; less if the request has less time left. */
export const CALL_BUDGET_MS = 5000;
/**
 * DynamoDB responds within some 10 ms. After this share of the time without a response, the call tries another
 * connection.
 */
const ATTEMPT_SHARE = 0.4;
const RETRIES = 4;
const FIRST_PAUSE_MS = 100;

export type Call = (operation: string, payload: object, retry?: RetryPolicy) => Promise<Answer>;

/** Makes calls in DynamoDB's own terms, for what {@link DynamoDb} has no method for. They throw {@link DynamoDbError}. */
export function createCall(options: DynamoDbOptions): Call {
  const attempt = createAttempt(options);
  return (operation, payload, retry = 'always') =>
    withinBudget(CALL_BUDGET_MS, async () => {
      for (let count = 0; ; count++) {
        try {
          return await attempt(operation, payload);
        } catch (error) {
          const fault = new DynamoDbError(faultOf(error), operation, error);
          if (!isWorthRepeating(error, retry) || !(await pauseBeforeRetry(count))) throw fault;
        }
      }
    });
}

/**
 * Waits before a retry.
 * @param count how many retries there have been
 * @returns `false`, at once, if there is no retry left, or no time
 */
export async function pauseBeforeRetry(count: number): Promise<boolean> {
  const pause = retryPause(count, Math.random());
  if (count >= RETRIES || pause >= timeLeft()) return false;
  await new Promise((resolve) => setTimeout(resolve, pause));
  return true;
}

/**
 * How long to wait before a retry, ms. The time is random, up to a bound that doubles each time, so that clients that
 * failed together do not retry together ("full jitter").
 * @param count how many retries there have been @param fraction random, from 0 to 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const retryPause = (count: number, fraction: number): number => FIRST_PAUSE_MS * 2 ** count * fraction;

/** Makes one request, in its share of the time that is left. @throws Refusal @throws Error if no answer came */
function createAttempt(options: DynamoDbOptions): Call {
  const { onConsumed } = options;
  let exchange: Exchange | undefined;
  return async (operation, payload) => {
    exchange ??= createExchange(connectionTo(options));
    const left = timeLeft();
    if (left <= 0) throw new Error('There is no time left');
    const request = { ...payload, ...(onConsumed && { ReturnConsumedCapacity: 'TOTAL' }) };
    const answer = await exchange(operation, request, ATTEMPT_SHARE * left);
    onConsumed?.(operation, capacityUnits(answer.ConsumedCapacity));
    return answer;
  };
}

function capacityUnits(consumed: unknown): number {
  const list = (Array.isArray(consumed) ? consumed : [consumed]) as ({ CapacityUnits?: number } | undefined)[];
  return list.reduce((sum, entry) => sum + (entry?.CapacityUnits ?? 0), 0);
}

const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
];

/** DynamoDB's name for the reason of a refusal; empty for any other failure. */
export const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : '');

const isThrottled = (error: unknown): boolean =>
  error instanceof Refusal && (error.statusCode === 429 || THROTTLED.includes(error.code));

/** A throttled request, or one that reached no server, has changed nothing. */
const isCertainlyUndone = (error: unknown): boolean =>
  isThrottled(error) || (error as { code?: unknown } | undefined)?.code === 'ECONNREFUSED';

const isWorthRepeating = (error: unknown, retry: RetryPolicy): boolean =>
  faultOf(error) === 'Unavailable' && (retry === 'always' || isCertainlyUndone(error));

function faultOf(error: unknown): DynamoDbFault {
  if (!(error instanceof Refusal) || error.statusCode >= 500 || isThrottled(error)) return 'Unavailable';
  return /item size/i.test(error.message) ? 'ItemTooLarge' : 'Refused';
}
