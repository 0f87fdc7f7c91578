import type { GatewayResponse } from './gateway.ts';

/**
 * Checks what a handler has returned: without types, or behind a cast, it can be anything. API Gateway makes a 200 of most
 * of it, and the fault stays unseen.
 * @throws TypeError that names the fault, if it is no response; the client gets a 500, the log gets the message
 */
export async function checkedResponse(returned: Promise<unknown>): Promise<GatewayResponse> {
  const response = await returned;
  if (isResponse(response)) return response;
  throw new TypeError(`The handler returned ${describe(response)}. Return a response such as json(200, { … }).`);
}

const isResponse = (value: unknown): value is GatewayResponse =>
  typeof value === 'object' && value !== null && 'statusCode' in value && isStatus(value.statusCode);

/** Lambda and browsers accept the statuses that HTTP defines (RFC 9110, section 15). */
const isStatus = (status: unknown): boolean =>
  Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `a ${typeof value}`;
  return 'statusCode' in value ? 'an object whose statusCode is no HTTP status' : 'an object without statusCode';
}
