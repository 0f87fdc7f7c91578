import { type Answer, httpApiEvent } from '../fixtures/lambda.ts';
import type { FunctionName } from './functions.ts';

/** What was asked, as the figures count it. */
export type Kind =
  | 'sign-up'
  | 'sign-in'
  | 'refresh'
  | 'refresh, two tabs at once'
  | 'refresh, answer lost'
  | 'refresh, late tab'
  | 'protected route'
  | 'like'
  | 'list sessions'
  | 'sign-out'
  | 'sign-out everywhere'
  | 'revoke another session';

/** Invokes a function, and counts what it answers. @throws UnexpectedAnswer */
export type Ask = (kind: Kind, request: Request) => Promise<Answer>;

export interface Request {
  readonly function: FunctionName;
  readonly method: string;
  readonly path: string;
  readonly expected: number;
  readonly token?: string;
  readonly body?: object;
  readonly sourceIp: string;
  readonly handle?: string;
}

/** An answer that no honest client may get. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** As an HTTP API sends it. */
export function eventOf({ method, path, token, body, sourceIp, handle }: Request): object {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return httpApiEvent(method, path, {
    headers: { 'st-auth-mode': 'header', ...authorization },
    sourceIp,
    ...(body !== undefined && { body }),
    ...(handle !== undefined && { pathParameters: { handle } }),
  });
}
