/**
 * A response other than success. Throw it in a handler: the client gets `{"message": "…"}` with the status.
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
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.statusCode = statusCode;
    this.headers = headers;
  }
}

/**
 * The 400 for a request body with a faulty field. The client gets `{"message": "…", "field": "…"}`.
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

/** A response with a code, by which a client tells its reasons apart. The client gets `{"code": "…", "message": "…"}`. */
export abstract class CodedError<Code extends string = string> extends HttpError {
  readonly code: Code;

  constructor(statusCode: number, code: Code, message: string) {
    super(statusCode, message);
    this.code = code;
  }
}

/** The 400 for claims or data that are too large for a session. Nothing was stored. */
export class SessionTooLarge extends CodedError<'CLAIMS_TOO_LARGE' | 'SESSION_TOO_LARGE'> {
  override readonly name = 'SessionTooLarge';

  constructor(code: SessionTooLarge['code'], message: string) {
    super(400, code, message);
  }
}

/** The core or its store cannot respond now. The tokens stay valid, and the client may retry. */
export class ServiceUnavailable extends HttpError {
  override readonly name = 'ServiceUnavailable';

  constructor(cause?: unknown) {
    super(503, 'The service is not available right now. Please try again.', { 'retry-after': '1' });
    if (cause !== undefined) this.cause = cause;
  }
}

/** The 503 for a mail that was not sent. Whatever it was about stays as it was. */
export class MailNotSent extends CodedError<'MAIL_NOT_CONFIGURED' | 'MAIL_NOT_SENT'> {
  override readonly name = 'MailNotSent';

  constructor(code: MailNotSent['code'], message: string) {
    super(503, code, message);
  }
}
