import { type CoreEvent, createCore, DEFAULT_CORE_CONFIG, type Store } from '../../core/index.ts';
import type { JsonObject, Millis, SessionHandle, UserId } from '../../core/types.ts';
import { systemRandom } from '../../supertokens/system-random.ts';

/** A session as an operator sees it: nothing of its tokens. Times are in ms since the epoch. */
export interface SessionRecord {
  readonly sessionHandle: SessionHandle;
  readonly userId: UserId;
  readonly created: Millis;
  readonly expires: Millis;
  /** The claims that its next access token will carry beside the standard ones. */
  readonly claims: JsonObject;
  /** What the service keeps of it, such as the device's user agent. */
  readonly data: JsonObject;
}

/** What an operator does with sessions. Every method throws whatever kept the core from its store. */
export interface SessionDesk {
  /** A user's unexpired sessions, the newest first. */
  list(userId: UserId): Promise<SessionRecord[]>;
  find(handle: SessionHandle): Promise<SessionRecord | undefined>;
  /** @returns those that were there to be revoked */
  revoke(handles: readonly SessionHandle[]): Promise<SessionHandle[]>;
  revokeAll(userId: UserId): Promise<SessionHandle[]>;
}

/** As many sessions as are looked up at once. */
const BATCH = 25;

/**
 * An operator's access to the sessions of a store, through the core: what it lists and revokes is what the service does.
 * Its settings matter to none of this, and no key is read.
 */
export function createSessionDesk(store: Store): SessionDesk {
  const ask = createQuestions(store);
  const find = async (handle: SessionHandle): Promise<SessionRecord | undefined> => {
    const answer = await ask<FoundSession | { readonly status: 'UNAUTHORISED' }>('GET', '/recipe/session', {
      sessionHandle: handle,
    });
    return answer.status === 'OK' ? recordOf(answer) : undefined;
  };
  const remove = async (which: { readonly userId: UserId } | { readonly sessionHandles: readonly SessionHandle[] }) =>
    (await ask<{ readonly sessionHandlesRevoked: SessionHandle[] }>('POST', '/recipe/session/remove', which))
      .sessionHandlesRevoked;
  return {
    async list(userId) {
      const { sessionHandles } = await ask<{ readonly sessionHandles: SessionHandle[] }>(
        'GET',
        '/recipe/session/user',
        { userId },
      );
      const records: SessionRecord[] = [];
      for (let start = 0; start < sessionHandles.length; start += BATCH) {
        const found = await Promise.all(sessionHandles.slice(start, start + BATCH).map(find));
        records.push(...found.filter((record) => record !== undefined));
      }
      return records.sort((a, b) => b.created - a.created);
    },
    find,
    revoke: (sessionHandles) => remove({ sessionHandles }),
    revokeAll: (userId) => remove({ userId }),
  };
}

interface FoundSession {
  readonly status: 'OK';
  readonly sessionHandle: SessionHandle;
  readonly userId: UserId;
  readonly timeCreated: Millis;
  readonly expiry: Millis;
  readonly userDataInJWT: JsonObject;
  readonly userDataInDatabase: JsonObject;
}

const recordOf = (found: FoundSession): SessionRecord => ({
  sessionHandle: found.sessionHandle,
  userId: found.userId,
  created: found.timeCreated,
  expires: found.expiry,
  claims: found.userDataInJWT,
  data: found.userDataInDatabase,
});

/** Asks a core of its own. @throws the error that the core reports, for its answer does not say why it could not */
function createQuestions(store: Store) {
  return async <Answer>(method: 'GET' | 'POST', path: string, input: object): Promise<Answer> => {
    let failure: unknown;
    const report = (event: CoreEvent): void => {
      if (event.event === 'CoreRequestFailed') failure = event.error;
    };
    const core = createCore({ store, clock: Date.now, random: systemRandom, config: DEFAULT_CORE_CONFIG, report });
    const { status, body } = await core.handle({
      method,
      path,
      query: new URLSearchParams(method === 'GET' ? Object.entries(input) : []),
      headers: {},
      body: method === 'GET' ? undefined : JSON.stringify(input),
    });
    if (status === 200) return JSON.parse(body) as Answer;
    throw failure ?? new Error(`The core refuses ${method} ${path}: ${body.trim()}`);
  };
}
