import { monotonicNow } from '../dynamodb/time-budget.ts';
import { noteSession } from '../observability/invocation.ts';
import { count, measureCoreLatency } from '../observability/metrics.ts';

/** In milliseconds, from a beginning of its own choice; finer than a clock, which would say 0 of most calls. */
export type Stopwatch = () => number;

/** A call of a core, as far as an operator wants to know of it. */
export interface CoreCall<Answer> {
  /** With whatever stands before `/recipe`. */
  readonly path: string;
  readonly ask: () => Promise<Answer>;
  /** The body of an answer with status 200, else `undefined`. */
  readonly read: (answer: Answer) => Promise<string | undefined>;
  /** Reports token theft where the core does not report it itself. */
  readonly reportTheft?: (sessionHandle: string) => void;
}

/** Calls a core, and notes for the invocation how long that took, which session it was about, and whether it refreshed. */
export async function observeCoreCall<Answer>(
  call: CoreCall<Answer>,
  stopwatch: Stopwatch = monotonicNow,
): Promise<Answer> {
  const began = stopwatch();
  // Also if it fails: a core that times out is slow above all.
  const answer = await call.ask().finally(() => measureCoreLatency(stopwatch() - began));
  if (call.path.endsWith('/recipe/session/refresh')) noteRefresh(await call.read(answer), call.reportTheft);
  return answer;
}

/** The SDK's request. Nothing else shows which session signs out. */
export function noteRequest(path: string, body: unknown): void {
  if (!path.endsWith('/recipe/session/remove')) return;
  const { sessionHandles = [] } = parse(body) as { readonly sessionHandles?: readonly string[] };
  if (sessionHandles.length === 1) noteSession(sessionHandles[0]);
}

function noteRefresh(body: string | undefined, reportTheft?: CoreCall<never>['reportTheft']): void {
  const { status, session } = parse(body) as {
    readonly status?: string;
    readonly session?: { readonly handle: string };
  };
  noteSession(session?.handle);
  if (status === 'OK') count('Refreshes');
  if (status === 'TOKEN_THEFT_DETECTED' && session !== undefined) reportTheft?.(session.handle);
}

/** Whatever is no JSON object says nothing; whether it should be is the core's affair, and the SDK's. */
function parse(body: unknown): object {
  try {
    return Object(JSON.parse(String(body)));
  } catch {
    return {};
  }
}
