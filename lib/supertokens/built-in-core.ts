import type { Core, InputFault } from '../core/index.ts';
import { ServiceUnavailable, SessionTooLarge } from '../http/errors.ts';
import { noteRequest } from './core-calls.ts';
import { connectSdk } from './sdk-seams.ts';

/** What the SDK takes for the core's address. No such host exists (RFC 6761, section 6.4). */
export const BUILT_IN_CORE_URI = 'http://built-in-core.invalid';

/** What the SDK needs of a core. */
type SdkCore = Pick<Core, 'handle' | 'publishedKeys'>;

/** Lets the SDK ask the built-in core by function calls: a first `fetch` costs a cold Lambda about 50 ms and 80 MB. */
export function connectBuiltInCore(core: SdkCore): void {
  connectSdk([BUILT_IN_CORE_URI], (url, init) => ask(core, url, init), core.publishedKeys);
}

async function ask(core: SdkCore, url: string, init: RequestInit | undefined): Promise<Response> {
  const { pathname, searchParams } = new URL(url);
  noteRequest(pathname, init?.body);
  const { status, headers, body, fault } = await core.handle({
    method: init?.method ?? 'GET',
    path: decodeURIComponent(pathname),
    query: searchParams,
    headers: (init?.headers ?? {}) as Record<string, string>,
    body: typeof init?.body === 'string' ? init.body : undefined,
  });
  const tooLarge = fault && sessionTooLargeOf(fault);
  if (tooLarge !== undefined) throw tooLarge;
  // The SDK would make an error of it that looks like one of a core over HTTP.
  if (status === 503) throw new ServiceUnavailable();
  if (status >= 500) throw new Error(`The built-in core failed at ${init?.method} ${pathname}. Its log line says why`);
  return toResponse(status, headers, body);
}

/** The 400 for claims or data that a handler may not store. Every other fault is the handler's own, or the SDK's. */
function sessionTooLargeOf(fault: InputFault): SessionTooLarge | undefined {
  switch (fault.kind) {
    case 'ClaimsTooLarge':
      return new SessionTooLarge(
        'claims_too_large',
        `The claims of a session have at most ${fault.limit} bytes of JSON, not ${fault.bytes}`,
      );
    case 'SessionTooLarge':
      return new SessionTooLarge(
        'session_too_large',
        'The claims and the data of a session have at most 396 KB of JSON together',
      );
    default:
      return undefined;
  }
}

/** As much of a Response as the SDK reads: a real one makes Node load its whole HTTP client. */
function toResponse(status: number, headers: Readonly<Record<string, string>>, body: string): Response {
  const response = {
    status,
    ok: status === 200,
    headers: { get: (name: string) => headers[name.toLowerCase()] ?? null },
    clone: () => response,
    text: async () => body,
    json: async () => JSON.parse(body) as unknown,
  };
  return response as unknown as Response;
}
