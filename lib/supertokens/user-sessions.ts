import Session from 'supertokens-node/recipe/session';
import type { Core } from '../core/index.ts';
import type { SessionHandle, UserId } from '../core/types.ts';

interface HandlePage {
  readonly handles: readonly SessionHandle[];
  /** What the next page begins after; `undefined` if this is the last one. */
  readonly next: SessionHandle | undefined;
}

/** The sessions of a user, however many there are, in whichever core keeps them. Every method throws if that core fails. */
export interface UserSessions {
  /**
   * Lists some of a user's sessions, in the order of their handles. Some may have ended.
   * @param limit the most handles of the page @param after the `next` of the page before; the first page if absent
   */
  list(userId: UserId, limit: number, after?: SessionHandle): Promise<HandlePage>;
  /** Whether a session is the user's, and has not ended. */
  owns(userId: UserId, handle: SessionHandle): Promise<boolean>;
  /**
   * Revokes the user's sessions but one, page by page. A repeated call continues with the remaining sessions.
   * @param mayGoOn asked after each page: `false` ends the work there
   */
  revokeOthers(userId: UserId, kept: SessionHandle, mayGoOn: () => boolean): Promise<Revoked>;
}

interface Revoked {
  readonly count: number;
  /** Whether every session is gone that was there at the beginning, but the one that is kept. */
  readonly isComplete: boolean;
}

/** @param core the built-in core; absent: the core over HTTP that the SDK calls */
export const userSessions = (core: Core | undefined): UserSessions => (core === undefined ? REMOTE : builtIn(core));

const builtIn = ({ sessions }: Core): UserSessions => ({
  async list(userId, limit, after) {
    const page = await sessions.listIndexed(userId, { limit, after });
    return { handles: page.sessions.map(({ handle }) => handle), next: page.next };
  },
  owns: async (userId, handle) => (await sessions.find(handle))?.userId === userId,
  async revokeOthers(userId, kept, mayGoOn) {
    const { revoked, isComplete } = await sessions.revokeAll(userId, { except: kept, mayGoOn });
    return { count: revoked.length, isComplete };
  },
});

/** As many sessions as a core over HTTP revokes in one request. */
const CHUNK = 100;

const REMOTE: UserSessions = {
  async list(userId, limit, after = '' as SessionHandle) {
    const rest = (await handlesOf(userId)).filter((handle) => handle > after).sort();
    const handles = rest.slice(0, limit);
    return { handles, next: rest.length > limit ? handles.at(-1) : undefined };
  },
  owns: async (userId, handle) => (await handlesOf(userId)).includes(handle),
  async revokeOthers(userId, kept, mayGoOn) {
    const others = (await handlesOf(userId)).filter((handle) => handle !== kept);
    let [count, start] = [0, 0];
    do {
      count += (await Session.revokeMultipleSessions(others.slice(start, start + CHUNK))).length;
      start += CHUNK;
    } while (start < others.length && mayGoOn());
    return { count, isComplete: start >= others.length };
  },
};

const handlesOf = async (userId: UserId): Promise<SessionHandle[]> =>
  (await Session.getAllSessionHandlesForUser(userId)) as SessionHandle[];
