import { StoreUnavailable } from '../core/errors.ts';
import { isUnavailable } from '../dynamodb/errors.ts';
import { httpErrorOfSdk } from '../supertokens/sdk-errors.ts';
import { CodedError, FieldError, HttpError, ServiceUnavailable } from './errors.ts';
import type { GatewayResponse } from './gateway.ts';
import { json } from './json.ts';

/** The response for an error: its message if it is meant for clients, else only the status. */
export function toResponse(error: unknown): GatewayResponse {
  const httpError = toHttpError(error);
  const { statusCode, message, headers } = httpError;
  return json(statusCode, { ...codeOf(httpError), message, ...fieldOf(httpError) }, headers);
}

const codeOf = (error: HttpError) => (error instanceof CodedError ? { code: error.code } : {});
const fieldOf = (error: HttpError) => (error instanceof FieldError ? { field: error.field } : {});

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof StoreUnavailable || isUnavailable(error) || isOutOfTime(error))
    return new ServiceUnavailable(error);
  return httpErrorOfSdk(error) ?? new HttpError(500, 'Internal Server Error');
}

/** middy's, shortly before the function's time is up. */
const isOutOfTime = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';
