import { codeOfStatus, type ErrorCode } from './error-codes.ts';
import { type Fields, fieldsOf, isText } from './fields.ts';
import type { GatewayResponse } from './gateway.ts';

/** By the message of the SDK's Session recipe. A test provokes each of them. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  'try refresh token': 'try_refresh_token',
  'token theft detected': 'token_theft_detected',
  'invalid claim': 'invalid_claim',
};

/**
 * Adds a code to an error response of the SDK, which has a message only. SuperTokens' frontends ignore the code: they compare
 * statuses, and show the message. Errors of other forms stay as they are, such as OAuth's (RFC 6749, section 5.2).
 */
export function withErrorCode(response: GatewayResponse): GatewayResponse {
  const { statusCode, body } = response;
  const error = statusCode < 400 ? {} : fieldsIn(body);
  if (!isText(error.message) || error.code !== undefined) return response;
  const code = CODES[error.message] ?? codeOfStatus(statusCode);
  return { ...response, body: JSON.stringify({ code, ...error }) };
}

function fieldsIn(body = ''): Fields {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    // A page of the SDK's, for example.
    return {};
  }
}
