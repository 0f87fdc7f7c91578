import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of a call while a function answers it. Its log lines and its metrics say it. */
export interface Invocation {
  readonly functionName: string | undefined;
  /** API Gateway's id of the request. Absent if API Gateway is not the caller. */
  readonly requestId: string | undefined;
  /** Lambda's id of the invocation. */
  readonly awsRequestId: string | undefined;
  /** Whether it is the first that its process answers. */
  readonly coldStart: boolean;
  /** Absent until a session is known. */
  sessionHandle: string | undefined;
  /** The values of each metric by its name, in the metric's unit. */
  readonly measured: Map<string, number[]>;
}

export type Caller = Pick<Invocation, 'functionName' | 'requestId' | 'awsRequestId' | 'sessionHandle'>;

/**
 * A Lambda process answers one call at a time, but `serverless offline --useInProcess` answers several. Work that
 * continues after a response, such as creating a key, belongs to the call that began it.
 */
const current = new AsyncLocalStorage<Invocation>();
let isFirst = true;

/** Answers a call: what `answer` does, however long after, knows of it by `currentInvocation`. */
export function invoke<Answer>(caller: Caller, answer: (invocation: Invocation) => Answer): Answer {
  const invocation: Invocation = { ...caller, coldStart: isFirst, measured: new Map() };
  isFirst = false;
  return current.run(invocation, answer, invocation);
}

/** `undefined` while a function starts, and outside of functions, as in `npm run core`. */
export const currentInvocation = (): Invocation | undefined => current.getStore();

/**
 * Says whose session the call is about. The first session counts, because a call may revoke other sessions after its
 * own.
 */
export function noteSession(sessionHandle: string | undefined): void {
  const invocation = current.getStore();
  if (invocation !== undefined) invocation.sessionHandle ??= sessionHandle;
}

/** The fields of a log line by which it is found. */
export function aboutInvocation(invocation = current.getStore()) {
  if (invocation === undefined) return {};
  const { functionName, coldStart, requestId, awsRequestId, sessionHandle } = invocation;
  return { function: functionName, coldStart, requestId, awsRequestId, sessionHandle };
}
