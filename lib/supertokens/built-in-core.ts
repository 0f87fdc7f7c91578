import type { Core } from '../core/index.ts';
import { ServiceUnavailable } from '../http/errors.ts';
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
  const { status, headers, body } = await core.handle({
    method: init?.method ?? 'GET',
    path: decodeURIComponent(pathname),
    query: searchParams,
    headers: (init?.headers ?? {}) as Record<string, string>,
    body: typeof init?.body === 'string' ? init.body : undefined,
  });
  // The SDK would make an error of it that looks like one of a core over HTTP.
  if (status === 503) throw new ServiceUnavailable();
  if (status >= 500) throw new Error(`The built-in core failed at ${init?.method} ${pathname}; its log entry says why`);
  return toResponse(status, headers, body);
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
