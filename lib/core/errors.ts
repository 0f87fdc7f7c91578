/** A request that the core refuses: its HTTP status and the text the official core answers with. */
export class CdiRefusal extends Error {
  override readonly name = 'CdiRefusal';
  readonly status: 400 | 401 | 403 | 404 | 405;

  constructor(status: CdiRefusal['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The store did not answer, or refused for a reason that passes (throttling). Nothing is known of the write that was
 * under way, so the caller must hear of it: over HTTP as a 503, in process by this error.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  constructor(what: string, cause: unknown) {
    super(`The store could not ${what}`, { cause });
  }
}

/** A session is too large for one DynamoDB item (400 KB). */
export class ItemTooLarge extends Error {
  override readonly name = 'ItemTooLarge';

  constructor(cause?: unknown) {
    super('The session data does not fit into one DynamoDB item (400 KB)', { cause });
  }
}

/** A function that may only verify access tokens was asked for what needs session rows or private keys. */
export class SessionAccessMissing extends Error {
  override readonly name = 'SessionAccessMissing';

  constructor(operation: string) {
    super(
      `This function only verifies access tokens, but ${operation} needs the session tables. ` +
        'Give it the session environment and role in serverless.yml, as the functions auth and login have.',
    );
  }
}
