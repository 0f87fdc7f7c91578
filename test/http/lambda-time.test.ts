import { timeLeft } from '../../lib/dynamodb/time-budget.ts';
import { withinLambdaTime } from '../../lib/http/lambda-time.ts';
import { lambdaContext } from '../fixtures/lambda.ts';

test('a function has the time that Lambda gives it, less half a second for the response', async () => {
  const handler = withinLambdaTime(async () => timeLeft());
  const context = (ms: number) => ({ ...lambdaContext, getRemainingTimeInMillis: () => ms });
  expect(await handler({}, context(60_000))).toBeGreaterThan(30_000);
  expect(await handler({}, context(60_000))).toBeLessThanOrEqual(59_500);
  expect(await handler({}, context(400))).toBeLessThan(0);
});
