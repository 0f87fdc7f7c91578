import { timeLeft, withinBudget } from '../../lib/dynamodb/time-budget.ts';

const left = async () => timeLeft();

test('without a budget there is no end of the time', () => {
  expect(timeLeft()).toBe(Number.POSITIVE_INFINITY);
});

test('a budget holds for all that is begun in it, and nothing else', async () => {
  const inside = await withinBudget(60_000, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return left();
  });
  expect(inside).toBeGreaterThan(0);
  expect(inside).toBeLessThan(60_000);
  expect(timeLeft()).toBe(Number.POSITIVE_INFINITY);
});

test('a budget within another may shorten it, and never prolongs it', async () => {
  await withinBudget(60_000, async () => {
    expect(await withinBudget(10, left)).toBeLessThanOrEqual(10);
    expect(await withinBudget(300_000, left)).toBeLessThanOrEqual(60_000);
  });
});

test('two requests at once have a budget each', async () => {
  const [short, long] = await Promise.all([withinBudget(100, left), withinBudget(60_000, left)]);
  expect(short).toBeLessThanOrEqual(100);
  expect(long).toBeGreaterThan(100);
});
