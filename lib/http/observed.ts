import type { Context } from 'aws-lambda';
import type { Clock } from '../core/types.ts';
import { type Caller, invoke } from '../observability/invocation.ts';
import { log } from '../observability/log.ts';
import { writeLine } from '../observability/log-line.ts';
import { count, type MetricDimensions, metricsEntry } from '../observability/metrics.ts';
import { toResponse } from './error-response.ts';
import { fieldsOf } from './fields.ts';

/** A function that Lambda invokes, for API Gateway or another caller. */
export type LambdaHandler = (event: unknown, context: Context) => Promise<object>;

/**
 * Wraps a function's handler. Each log line of a call names the call, and a call writes at most one line of metrics.
 * @param metrics absent: the function writes none
 */
export function observed(
  handler: LambdaHandler,
  metrics: MetricDimensions | undefined,
  clock: Clock = Date.now,
): LambdaHandler {
  return (event, context) =>
    invoke(callerOf(event, context), async (invocation) => {
      if (invocation.coldStart) count('ColdStarts');
      try {
        return await countFailure(handler(event, context));
      } finally {
        const entry = metrics && metricsEntry(invocation, metrics, clock);
        if (entry !== undefined) writeLine(entry);
      }
    });
}

/** @throws what the handler throws */
async function countFailure(answering: Promise<object>): Promise<object> {
  try {
    const answer = await answering;
    if (isServerError(answer)) count('Failures');
    return answer;
  } catch (error) {
    // An authorizer refuses by errors, too.
    if (isServerError(toResponse(error))) {
      count('Failures');
      log('error', 'RequestFailed', { error });
    }
    throw error;
  }
}

const isServerError = (answer: object): boolean => 'statusCode' in answer && Number(answer.statusCode) >= 500;

/**
 * Each field is read by itself, because events of any kind arrive. The session is the one that an authorizer has
 * verified.
 */
function callerOf(event: unknown, { functionName, awsRequestId }: Context): Caller {
  const { requestId, authorizer } = fieldsOf(fieldsOf(event).requestContext);
  const { lambda, jwt, sessionHandle } = fieldsOf(authorizer);
  const found = sessionHandle ?? fieldsOf(lambda).sessionHandle ?? fieldsOf(fieldsOf(jwt).claims).sessionHandle;
  return { functionName, awsRequestId, requestId: textOf(requestId), sessionHandle: textOf(found) };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
