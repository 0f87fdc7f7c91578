/**
 * Why a DynamoDB call failed.
 * - `Unavailable`: DynamoDB did not answer, or throttled the call. Whether a write was done is unknown.
 * - `ItemTooLarge`: the item is over 400 KB.
 * - `Refused`: anything else, such as a missing permission, a missing table or a faulty request.
 */
export type DynamoDbFault = 'Unavailable' | 'ItemTooLarge' | 'Refused';

/** A failed DynamoDB call. In a file without the client, so that error responses need no client. */
export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';
  readonly fault: DynamoDbFault;

  constructor(fault: DynamoDbFault, operation: string, cause: unknown) {
    super(`${operation}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.fault = fault;
  }
}

/** Whether a later retry of the call may succeed. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof DynamoDbError && error.fault === 'Unavailable';
