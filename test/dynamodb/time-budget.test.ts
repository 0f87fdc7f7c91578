import { timeLeft, withinBudget, withinLambdaTime } from '../../lib/dynamodb/time-budget.ts';
import { lambdaContext } from '../fixtures/lambda.ts';

const left = async () => timeLeft();

test('without a budget there is no end of the time', () => {
  expect(timeLeft()).toBe(Number.POSITIVE_INFINITY);
});

test('a budget holds for all that is begun in it, and nothing else', async () => {
  const inside = await withinBudget(1000, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return left();
  });
  expect(inside).toBeGreaterThan(0);
  expect(inside).toBeLessThan(1000);
  expect(timeLeft()).toBe(Number.POSITIVE_INFINITY);
});

test('a budget within another may shorten it, and never prolongs it', async () => {
  await withinBudget(1000, async () => {
    expect(await withinBudget(10, left)).toBeLessThanOrEqual(10);
    expect(await withinBudget(5000, left)).toBeLessThanOrEqual(1000);
  });
});

test('two requests at once have a budget each', async () => {
  const [short, long] = await Promise.all([withinBudget(100, left), withinBudget(5000, left)]);
  expect(short).toBeLessThanOrEqual(100);
  expect(long).toBeGreaterThan(100);
});

test('a function has the time that Lambda gives it, less half a second to answer', async () => {
  const handler = withinLambdaTime(left);
  const context = (ms: number) => ({ ...lambdaContext, getRemainingTimeInMillis: () => ms });
  expect(await handler({}, context(3000))).toBeGreaterThan(2000);
  expect(await handler({}, context(3000))).toBeLessThanOrEqual(2500);
  expect(await handler({}, context(400))).toBeLessThan(0);
});
