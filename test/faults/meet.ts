import { withinBudget } from '../../lib/dynamodb/time-budget.ts';
import type { TestAnswer } from '../fixtures/core.ts';
import { type FaultyProxy, startFaultyProxy } from '../fixtures/faulty-proxy.ts';
import { BUDGET, LASTING, MAX_SENDS, type NamedFault, PASSING, SLACK, STOPPING, sendsOfOne } from './faults.ts';
import type { Pool } from './pool.ts';

/** A request to a core, and what must be true afterwards. */
export interface Attempt {
  ask(): Promise<TestAnswer>;
  /** Checks after a failure that the request was done wholly or not at all. */
  expectWhole(): Promise<void>;
  /** Checks the state after a success, also that of a retry. */
  expectDone(answer: TestAnswer): Promise<void>;
}

export interface Met {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly elapsed: number;
  /** How often one and the same request was sent, at the most. */
  readonly sends: number;
}

/**
 * Does an operation while the fault is there, and again if it failed. Checks the state after both.
 * @param prepare makes the attempt. The processes that meet the fault reach DynamoDB through the proxy
 */
export async function meetFault(
  endpoint: string,
  prepare: (proxy: FaultyProxy) => Promise<Attempt>,
  { fault }: NamedFault,
  budget: number,
): Promise<Met> {
  const proxy = await startFaultyProxy(endpoint);
  try {
    const attempt = await prepare(proxy);
    proxy.begin(fault);
    const start = performance.now();
    const answer = await withinBudget(budget, () => attempt.ask());
    const elapsed = performance.now() - start;
    const sends = sendsOfOne(proxy.requests);
    await proxy.end();
    if (answer.status === 200) await attempt.expectDone(answer);
    else await retry(attempt);
    return { status: answer.status, retryAfter: answer.headers['retry-after'], elapsed, sends };
  } finally {
    await proxy.stop();
  }
}

async function retry(attempt: Attempt): Promise<void> {
  await attempt.expectWhole();
  const answer = await attempt.ask();
  expect(answer).toMatchObject({ status: 200 });
  await attempt.expectDone(answer);
}

/** An operation meets a fault at most so many times. */
const TRIES = 3;

/**
 * Meets a fault again while the outcome is not as expected. A busy machine may delay an answer, or keep a request from DynamoDB
 * until its time is up. A fault of the core shows each time.
 */
export async function meetAgain<Outcome>(
  first: Outcome,
  isExpected: (outcome: Outcome) => boolean,
  meet: () => Promise<Outcome>,
): Promise<Outcome> {
  let outcome = first;
  for (let tries = 1; tries < TRIES && !isExpected(outcome); tries++) outcome = await meet();
  return outcome;
}

const isInTime = ({ elapsed }: Met): boolean => elapsed < BUDGET.lasting + SLACK;
const isDone = ({ status, elapsed }: Met): boolean => status === 200 && elapsed < BUDGET.passing + SLACK;

/** Each operation meets each fault that passes, stops it halfway, or lasts. */
export function describeFaults<Operation extends { readonly name: string }>(
  pool: Pool,
  operations: readonly Operation[],
  meet: (operation: Operation, fault: NamedFault, budget: number) => Promise<Met>,
  lasting = LASTING,
): void {
  describe.each(PASSING)('$name:', (fault) => {
    const meetIt = (operation: Operation) => meet(operation, fault, BUDGET.passing);
    const met = pool.forAll(operations, meetIt);

    test.each(operations)('$name succeeds', async (operation) => {
      const { status, elapsed } = await meetAgain(await met(operation), isDone, () => meetIt(operation));
      expect(status).toBe(200);
      expect(elapsed).toBeLessThan(BUDGET.passing + SLACK);
    });
  });

  describe.each(lasting)('$name:', (fault) => {
    const meetIt = (operation: Operation) => meet(operation, fault, BUDGET.lasting);
    const met = pool.forAll(operations, meetIt);

    test.each(operations)('$name is 503 in time, tried a few times, and a retry succeeds', async (operation) => {
      const outcome = await meetAgain(await met(operation), isInTime, () => meetIt(operation));
      const { status, retryAfter, elapsed, sends } = outcome;
      expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '1' });
      expect(elapsed).toBeLessThan(BUDGET.lasting + SLACK);
      expect(sends).toBeLessThanOrEqual(MAX_SENDS);
    });
  });

  describe.each(STOPPING)('$name:', (fault) => {
    const meetIt = (operation: Operation) => meet(operation, fault, BUDGET.lasting);
    const met = pool.forAll(operations, meetIt);

    test.each(operations)('$name is done wholly or not at all, and a retry succeeds', async (operation) => {
      const outcome = await meetAgain(await met(operation), isInTime, () => meetIt(operation));
      const { status, elapsed, sends } = outcome;
      expect([200, 503]).toContain(status);
      expect(elapsed).toBeLessThan(BUDGET.lasting + SLACK);
      expect(sends).toBeLessThanOrEqual(MAX_SENDS);
    });
  });
}
