import type { Api } from './api.ts';
import { whatHappened } from './what-happened.ts';

/**
 * What sent a request: this page for the user, the SDK by itself, or the thief. `clock` is for lines without a request.
 */
export type Actor = 'you' | 'SDK' | 'thief' | 'clock';

/** A line of the log. Holds no token. */
export interface Entry {
  /** ms since the epoch. */
  readonly at: number;
  readonly actor: Actor;
  /** Method and path; absent if nothing was sent. */
  readonly request?: string;
  /** Of the answer; 0: there was none. */
  readonly status?: number;
  readonly text: string;
}

type Fetch = typeof fetch;

/**
 * Records every request to the API from now on, those of the SDK too. Call it before the SDK starts, which takes the
 * `fetch` that it then finds.
 * @returns a `fetch` that the SDK knows nothing of: it adds no token, and keeps none of the answers'
 */
export function recordRequests(api: Api, onEntry: (entry: Entry) => void): Fetch {
  const original = window.fetch.bind(window);
  window.fetch = recorded(original, api, (path) => (path.endsWith('/session/refresh') ? 'SDK' : 'you'), onEntry);
  return recorded(original, api, () => 'thief', onEntry);
}

function recorded(original: Fetch, api: Api, actorOf: (path: string) => Actor, onEntry: (entry: Entry) => void): Fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!api.isOurs(url)) return original(input, init);
    const path = api.pathOf(url);
    const method = (init?.method ?? 'GET').toUpperCase();
    const tell = (status: number, body: BodyOfResponse = {}): void => {
      const text = whatHappened({ method, path, status, message: body.message, result: body.status });
      onEntry({ at: Date.now(), actor: actorOf(path), request: `${method} ${path}`, status, text });
    };
    const response = await original(input, init).catch((error: unknown) => {
      tell(0);
      throw error;
    });
    tell(response.status, await bodyOf(response.clone()));
    return response;
  };
}

/** What a response of an error says, and the `status` that SuperTokens' own routes have in their bodies. */
interface BodyOfResponse {
  readonly message?: string;
  readonly status?: string;
}

async function bodyOf(response: Response): Promise<BodyOfResponse> {
  const body: unknown = await response.json().catch(() => undefined);
  const { message, status } = (body ?? {}) as { readonly message?: unknown; readonly status?: unknown };
  return {
    ...(typeof message === 'string' && response.status >= 400 && { message }),
    ...(typeof status === 'string' && { status }),
  };
}
