import type { Context } from 'aws-lambda';
import { withinBudget } from '../dynamodb/time-budget.ts';

/**
 * How much of a function's time is kept for the response, ms. DynamoDB calls end before that by themselves. middy's
 * early timeout, which comes a little later, ends everything else.
 */
const RESPONSE_RESERVE = 500;

/** Gives each event a budget: the time that Lambda has left for the function, less the time that the response takes. */
export const withinLambdaTime =
  <Event, Result>(handler: (event: Event, context: Context) => Promise<Result>) =>
  (event: Event, context: Context): Promise<Result> =>
    withinBudget(context.getRemainingTimeInMillis() - RESPONSE_RESERVE, () => handler(event, context));
