import { ServiceError } from './errors.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';

/**
 * A JSON response. No cache keeps it, unless you pass another `cache-control`.
 * @example
 * ```ts
 * import { json, plainRoute } from '../lib/index.ts';
 *
 * export const handler = plainRoute(async () => json(200, { open: true }, { 'cache-control': 'max-age=60' }));
 * ```
 */
export const json = (
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): GatewayResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** `application/json`, or a type that ends in `+json` (RFC 6839, section 3.1), with any parameters. */
const JSON_TYPE = /^\s*application\/([\w.-]+\+)?json\s*(;|$)/i;

/** More than any of the engine's routes needs. API Gateway itself accepts 10 MB. */
const MAX_BODY_BYTES = 16 * 1024;

/**
 * Reads a JSON object from a request's body.
 * @param maxBytes the largest body that the route accepts, in bytes
 * @throws HttpError 413 if the body is larger, 415 if its content type is not JSON, 400 if it is no JSON object
 * @example
 * ```ts
 * import { json, protectedRoute, readJson } from '../lib/index.ts';
 *
 * export const handler = protectedRoute(async (request) => {
 *   const { text } = readJson(request, 100_000);
 *   return json(200, { length: String(text).length });
 * });
 * ```
 */
export function readJson(request: GatewayRequest, maxBytes = MAX_BODY_BYTES): Readonly<Record<string, unknown>> {
  const body = request.body ?? '';
  // A page of another origin can send every other content type, or none, without a preflight.
  if (body !== '' && !JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    throw new ServiceError('unsupported_media_type', 'The content type must be application/json');
  }
  if (Buffer.byteLength(body) > maxBytes)
    throw new ServiceError('payload_too_large', `The body must not have more than ${maxBytes} bytes`);
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below, like any other text that is no JSON object.
  }
  throw new ServiceError('invalid_request', 'The body must be a JSON object');
}
