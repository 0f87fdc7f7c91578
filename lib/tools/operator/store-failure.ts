import { DynamoDbError } from '../../dynamodb/errors.ts';
import { CommandFailed } from '../command-line.ts';

/** What the caller can fix, by what DynamoDB or Node.js calls it, or says of it. */
const CAUSES: readonly (readonly [RegExp, (where: string) => string])[] = [
  [/ExpiredToken/, () => 'The AWS credentials have expired. Log in again.'],
  [
    /UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken/,
    () => 'AWS does not know these credentials.',
  ],
  [/AccessDenied/, (where) => `These AWS credentials do not allow that on ${where}.`],
  [/ResourceNotFound/, (where) => `There is no such table in ${where}. It is not deployed, or has another name.`],
  [/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/, (where) => `DynamoDB does not respond at its address for ${where}.`],
];

/** Words a store's failure for the operator who can fix it. @returns the error itself if it is none that we know */
export function explain(error: unknown, where: string): unknown {
  const chain = causesOf(error);
  const fault = chain.find((cause) => cause instanceof DynamoDbError);
  if (fault === undefined) return error;
  const signs = chain.map(signsOf).join('\n');
  const known = CAUSES.find(([sign]) => sign.test(signs));
  return new CommandFailed(known === undefined ? `DynamoDB failed: ${fault.message}` : known[1](where));
}

function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [error];
}

function signsOf(cause: unknown): string {
  const { code, name, message } = (cause ?? {}) as Readonly<Record<string, unknown>>;
  return [code, name, message].join(' ');
}
