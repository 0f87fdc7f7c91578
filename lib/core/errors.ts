import type { Millis } from './types.ts';

/** Why an operation rejects its input. */
export type InputFault =
  | { readonly kind: 'ProtectedClaim' }
  | { readonly kind: 'ClaimsTooLarge'; readonly bytes: number; readonly limit: number }
  | { readonly kind: 'SessionTooLarge' }
  | { readonly kind: 'ValidityOutOfRange'; readonly longest: Millis }
  | { readonly kind: 'NoAccessToken' };

/** The caller's input cannot be carried out. Nothing was written. */
export class InputRejected extends Error {
  override readonly name = 'InputRejected';
  readonly fault: InputFault;

  constructor(fault: InputFault) {
    super(`The core rejects the input: ${fault.kind}`);
    this.fault = fault;
  }
}

/**
 * The store did not answer, or refused for a reason that passes (throttling). It is unknown whether the write was done,
 * so the caller must be told: over HTTP by a 503, and in process by this error.
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

/** A request needs session rows or private keys, but the function may only verify access tokens. */
export class SessionAccessMissing extends Error {
  override readonly name = 'SessionAccessMissing';

  constructor(operation: string) {
    super(
      `This function only verifies access tokens, but ${operation} needs the session tables. ` +
        'Give it the session environment and role in serverless.yml, as the functions auth and login have.',
    );
  }
}
