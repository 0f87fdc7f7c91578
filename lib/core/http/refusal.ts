import type { InputFault } from '../errors.ts';

/** A request that the core refuses: its HTTP status and the text of the official core. */
export class CdiRefusal extends Error {
  override readonly name = 'CdiRefusal';
  readonly status: 400 | 401 | 403 | 404 | 405;

  constructor(status: CdiRefusal['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** The refusal of an input that an operation has rejected. */
export const refusalOf = (fault: InputFault): CdiRefusal => new CdiRefusal(400, textOf(fault));

function textOf(fault: InputFault): string {
  switch (fault.kind) {
    case 'ProtectedClaim':
      return 'The user payload contains protected field';
    case 'ClaimsTooLarge':
      return `The user payload has ${fault.bytes} bytes of JSON; the limit is ${fault.limit}`;
    case 'SessionTooLarge':
      return 'The session data does not fit into one DynamoDB item (400 KB)';
    case 'ValidityOutOfRange':
      return (
        'accessTokenValidity must be greater than 0 and at most the configured access_token_validity ' +
        `(${fault.longest} ms)`
      );
    case 'NoAccessToken':
      return 'Invalid access token';
  }
}
