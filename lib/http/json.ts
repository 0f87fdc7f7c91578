import { HttpError } from './errors.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';

/** A JSON answer. */
export const json = (
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): GatewayResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** More than any of this service's routes needs; API Gateway itself takes 10 MB. */
const MAX_BODY_BYTES = 16 * 1024;

/**
 * Reads a JSON object from a request's body.
 * @param maxBytes the most that the route takes, bytes
 * @throws HttpError 413 if there is more, 400 if it is no JSON object
 */
export function readJson(request: GatewayRequest, maxBytes = MAX_BODY_BYTES): Readonly<Record<string, unknown>> {
  const body = request.body ?? '';
  if (Buffer.byteLength(body) > maxBytes)
    throw new HttpError(413, `The body must not have more than ${maxBytes} bytes`);
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below, like any other text that is no JSON object.
  }
  throw new HttpError(400, 'The body must be a JSON object');
}
