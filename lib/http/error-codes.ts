/**
 * The codes of this service's error responses, each with its status. Clients compare the codes: add to the list, but
 * rename none. docs/errors.md explains each code, and docs/openapi.yaml has the same list.
 *
 * The first code of a status is for errors that have none of their own.
 */
export const ERROR_STATUS = {
  invalid_request: 400,
  claims_too_large: 400,
  session_too_large: 400,
  duplicate_session_cookies: 400,
  provider_code_rejected: 400,
  id_token_missing: 400,
  unauthorised: 401,
  try_refresh_token: 401,
  token_theft_detected: 401,
  id_token_rejected: 401,
  forbidden: 403,
  foreign_page: 403,
  invalid_claim: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  too_many_attempts: 429,
  internal_error: 500,
  service_unavailable: 503,
  mail_not_configured: 503,
  mail_not_sent: 503,
  sms_not_configured: 503,
  sms_not_sent: 503,
  provider_unavailable: 503,
  provider_client_refused: 503,
  provider_secret_unavailable: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

const ERROR_CODES = Object.keys(ERROR_STATUS) as ErrorCode[];

/** The code of an error that has none of its own. A status that is not in the list gets the code of 400 or of 500. */
export const codeOfStatus = (status: number): ErrorCode =>
  ERROR_CODES.find((code) => ERROR_STATUS[code] === status) ?? (status < 500 ? 'invalid_request' : 'internal_error');
