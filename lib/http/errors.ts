import { codeOfStatus, ERROR_STATUS, type ErrorCode } from './error-codes.ts';

/**
 * A response other than success. Throw it in a handler: the client gets `{"code": "…", "message": "…"}` with the status.
 * The code follows from the status, such as `not_found` from 404. For a code of your own, throw a `CodedError`.
 * @example
 * ```ts
 * import { HttpError, json, publicRoute } from '../lib/index.ts';
 *
 * export const handler = publicRoute(async ({ pathParameters }) => {
 *   if (pathParameters?.id !== '1') throw new HttpError(404, 'There is no such note');
 *   return json(200, { text: 'A note' });
 * });
 * ```
 */
export class HttpError extends Error {
  override readonly name: string = 'HttpError';
  readonly statusCode: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.statusCode = statusCode;
    this.code = codeOfStatus(statusCode);
    this.headers = headers;
  }
}

/**
 * The 400 for a request body with an invalid field. The client gets
 * `{"code": "invalid_request", "message": "…", "field": "…"}`.
 * @example
 * ```ts
 * import { FieldError, json, protectedRoute, readJson } from '../lib/index.ts';
 *
 * export const handler = protectedRoute(async (request) => {
 *   const { title } = readJson(request);
 *   if (typeof title !== 'string') throw new FieldError('title', 'A title is a text.');
 *   return json(201, { title });
 * });
 * ```
 */
export class FieldError extends HttpError {
  override readonly name = 'FieldError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(400, message);
    this.field = field;
  }
}

/**
 * An error response with a code of your own, by which your clients can tell it from others with the same status.
 * @example
 * ```ts
 * import { CodedError, protectedRoute } from '../lib/index.ts';
 *
 * export const handler = protectedRoute(async () => {
 *   throw new CodedError(409, 'title_taken', 'You have a note with this title already');
 * });
 * ```
 */
export class CodedError<Code extends string = string> extends HttpError {
  override readonly name: string = 'CodedError';
  override readonly code: Code;

  constructor(statusCode: number, code: Code, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(statusCode, message, headers);
    this.code = code;
  }
}

/** An error response of this service itself. Its code decides the status. */
export class ServiceError<Code extends ErrorCode = ErrorCode> extends CodedError<Code> {
  override readonly name: string = 'ServiceError';

  constructor(code: Code, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(ERROR_STATUS[code], code, message, headers);
  }
}

/** The 400 for claims or data that are too large for a session. Nothing was stored. */
export class SessionTooLarge extends ServiceError<'claims_too_large' | 'session_too_large'> {
  override readonly name = 'SessionTooLarge';
}

/** The core or its store cannot respond now. The tokens stay valid, and the client may retry. */
export class ServiceUnavailable extends ServiceError<'service_unavailable'> {
  override readonly name = 'ServiceUnavailable';

  constructor(cause?: unknown) {
    super('service_unavailable', 'The service is not available right now. Please try again.', { 'retry-after': '1' });
    if (cause !== undefined) this.cause = cause;
  }
}

/** The 503 for a text message that was not sent. The user can ask for another code. */
export class SmsNotSent extends ServiceError<'sms_not_configured' | 'sms_not_sent'> {
  override readonly name = 'SmsNotSent';
}

/** The 503 for a mail that was not sent. Nothing has changed, so the user can ask for the mail again. */
export class MailNotSent extends ServiceError<'mail_not_configured' | 'mail_not_sent'> {
  override readonly name = 'MailNotSent';
}
