import { StoreUnavailable } from '../core/errors.ts';
import { isUnavailable } from '../dynamodb/errors.ts';
import { httpErrorOfSdk } from '../supertokens/sdk-errors.ts';
import { FieldError, HttpError, ServiceError, ServiceUnavailable } from './errors.ts';
import type { GatewayResponse } from './gateway.ts';
import { json } from './json.ts';

/** The response for an error. Only an `HttpError` shows its message to the client; any other error is a plain 500. */
export function toResponse(error: unknown): GatewayResponse {
  const httpError = toHttpError(error);
  const { statusCode, code, message, headers } = httpError;
  return json(statusCode, { code, message, ...fieldOf(httpError) }, headers);
}

const fieldOf = (error: HttpError) => (error instanceof FieldError ? { field: error.field } : {});

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof StoreUnavailable || isUnavailable(error) || isOutOfTime(error))
    return new ServiceUnavailable(error);
  return httpErrorOfSdk(error) ?? new ServiceError('internal_error', 'Internal Server Error');
}

/** middy's, shortly before the function's time is up. */
const isOutOfTime = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';
