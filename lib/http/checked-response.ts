import { isObject, isText } from './fields.ts';
import type { GatewayResponse } from './gateway.ts';

/**
 * Checks what a handler has returned: in JavaScript, or behind a cast, it can be anything. In payload 2.0, API Gateway
 * would turn most of it into a 200, and the rest into a 500 without a log line.
 * @throws TypeError that names the fault, if it is not a response. The client gets a 500, and the log gets the message
 */
export async function checkedResponse(returned: Promise<unknown>): Promise<GatewayResponse> {
  const response: unknown = await returned;
  const fault = faultOf(response);
  if (fault === undefined) return response as GatewayResponse;
  throw new TypeError(`The handler returned ${fault}. Return a response such as json(200, { … }).`);
}

function faultOf(response: unknown): string | undefined {
  if (response === null) return 'null';
  if (typeof response !== 'object') return response === undefined ? 'undefined' : `a ${typeof response}`;
  if (!('statusCode' in response)) return 'an object without statusCode';
  if (!isStatus(response.statusCode)) return 'an object whose statusCode is not an HTTP status';
  const { body, headers, cookies }: Partial<Record<string, unknown>> = response;
  if (body !== undefined && !isText(body)) return 'an object whose body is not a string';
  if (headers !== undefined && !isHeaders(headers)) return 'an object whose headers are not strings by their names';
  if (cookies !== undefined && !isTexts(cookies)) return 'an object whose cookies are not an array of strings';
  return undefined;
}

/** Lambda and browsers accept the statuses that HTTP defines (RFC 9110, section 15). */
const isStatus = (status: unknown): boolean =>
  Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;

const isHeaders = (headers: unknown): boolean =>
  isObject(headers) && !Array.isArray(headers) && Object.values(headers).every(isHeader);

/** API Gateway takes numbers and booleans too. A header that is `undefined` does not get through JSON. */
const isHeader = (value: unknown): boolean => ['string', 'number', 'boolean', 'undefined'].includes(typeof value);

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
