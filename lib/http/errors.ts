/** An answer other than success: its status, a message for the client, and headers that go with it. */
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

/** A body whose field `field` is not as it must be. */
export class FieldError extends HttpError {
  override readonly name = 'FieldError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(400, message);
    this.field = field;
  }
}

/** The core or its store cannot answer now; tokens stay as they are, and the client may come again. */
export class ServiceUnavailable extends HttpError {
  override readonly name = 'ServiceUnavailable';

  constructor(cause?: unknown) {
    super(503, 'The service is not available right now. Please try again.', { 'retry-after': '1' });
    if (cause !== undefined) this.cause = cause;
  }
}
