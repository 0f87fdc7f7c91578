import { CdiRefusal, StoreUnavailable } from '../core/errors.ts';
import { DynamoDbError } from '../dynamodb.ts';
import { FieldError, HttpError, ServiceUnavailable } from './errors.ts';
import type { GatewayResponse } from './gateway.ts';
import { json } from './json.ts';

/** What a client hears of an error: its message if it was made for clients, else nothing but the status. */
export function toResponse(error: unknown): GatewayResponse {
  const httpError = toHttpError(error);
  const { statusCode, message, headers } = httpError;
  return json(statusCode, { message, ...(httpError instanceof FieldError && { field: httpError.field }) }, headers);
}

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof StoreUnavailable || isUnavailable(error) || isCoreBusy(error))
    return new ServiceUnavailable(error);
  if (error instanceof CdiRefusal) return new HttpError(400, error.message);
  return new HttpError(500, 'Internal Server Error');
}

const isUnavailable = (error: unknown): boolean =>
  (error instanceof DynamoDbError && error.fault === 'Unavailable') ||
  // middy's, shortly before the function's time is up.
  (error instanceof Error && error.name === 'TimeoutError');

/** The SDK has tried several times, and tells of it in words alone. */
const CORE_IS_BUSY = /^SuperTokens core threw an error for a .* with status code: 429 and message/s;
const isCoreBusy = (error: unknown): boolean => error instanceof Error && CORE_IS_BUSY.test(error.message);
