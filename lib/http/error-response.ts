import { StoreUnavailable } from '../core/errors.ts';
import { isUnavailable } from '../dynamodb/errors.ts';
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
  if (error instanceof StoreUnavailable || isUnavailable(error) || isOutOfTime(error) || isCoreBusy(error))
    return new ServiceUnavailable(error);
  if (hasSeveralCookies(error)) return new HttpError(400, 'The request has several session cookies of the same name');
  return new HttpError(500, 'Internal Server Error');
}

/** middy's, shortly before the function's time is up. */
const isOutOfTime = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/** The SDK has tried several times, and tells of it in words alone. */
const CORE_IS_BUSY = /^SuperTokens core threw an error for a .* with status code: 429 and message/s;
const isCoreBusy = (error: unknown): boolean => error instanceof Error && CORE_IS_BUSY.test(error.message);

/** The SDK's, at a refresh: it cannot tell which is ours. Another host of the domain may have set the other. */
const SEVERAL_COOKIES = /^The request contains multiple session cookies/;
const hasSeveralCookies = (error: unknown): boolean => error instanceof Error && SEVERAL_COOKIES.test(error.message);
