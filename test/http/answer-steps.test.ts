import { setTimeout as sleep } from 'node:timers/promises';
import { withinBudget } from '../../lib/dynamodb/time-budget.ts';
import { atEndOfStep } from '../../lib/http/answer-steps.ts';

const STEP = 50;

/** How long something takes, ms. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work().catch(() => undefined);
  return performance.now() - start;
}

/** A timer may end up to a millisecond early. */
const atLeast = (ms: number) => ms - 2;

// How late an answer comes depends on the machine, so each test expects the least time only.

test('a quick answer takes one step', async () => {
  expect(await timeOf(() => atEndOfStep(STEP, async () => 'done'))).toBeGreaterThanOrEqual(atLeast(STEP));
});

test('an answer that takes longer than a step takes two', async () => {
  const time = await timeOf(() => atEndOfStep(STEP, () => sleep(STEP + 5)));
  expect(time).toBeGreaterThanOrEqual(atLeast(2 * STEP));
});

test('an error takes one step, too', async () => {
  const failing = () => atEndOfStep(STEP, () => Promise.reject(new Error('no')));
  expect(await timeOf(failing)).toBeGreaterThanOrEqual(atLeast(STEP));
  await expect(failing()).rejects.toThrow('no');
});

test('an answer does not wait longer than its request has time', async () => {
  const hour = 3_600_000;
  expect(await withinBudget(10, () => atEndOfStep(hour, async () => 'done'))).toBe('done');
});
