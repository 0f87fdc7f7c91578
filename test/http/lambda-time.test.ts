import { timeLeft } from '../../lib/dynamodb/time-budget.ts';
import { withinLambdaTime } from '../../lib/http/lambda-time.ts';
import { lambdaContext } from '../fixtures/lambda.ts';

test('a function has the time that Lambda gives it, less half a second for the response', async () => {
  const handler = withinLambdaTime(async () => timeLeft());
  const context = (ms: number) => ({ ...lambdaContext, getRemainingTimeInMillis: () => ms });
  expect(await handler({}, context(3000))).toBeGreaterThan(2000);
  expect(await handler({}, context(3000))).toBeLessThanOrEqual(2500);
  expect(await handler({}, context(400))).toBeLessThan(0);
});
