import type { CoreSessions, SessionInformation } from '../../core/index.ts';
import type { JsonObject, Millis, SessionHandle, UserId } from '../../core/types.ts';

/** A session as an operator sees it, without its tokens. Times are in ms since the epoch. */
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

/** How many sessions are read at once. */
const BATCH = 25;

/** A user's unexpired sessions, the newest first. @throws StoreUnavailable */
export async function listRecords(sessions: CoreSessions, userId: UserId): Promise<SessionRecord[]> {
  const handles = await sessions.list(userId);
  const records: SessionRecord[] = [];
  for (let start = 0; start < handles.length; start += BATCH) {
    const batch = handles.slice(start, start + BATCH);
    const found = await Promise.all(batch.map((handle) => findRecord(sessions, handle)));
    records.push(...found.filter((record) => record !== undefined));
  }
  return records.sort((a, b) => b.created - a.created);
}

/** One session; `undefined` if it has ended. @throws StoreUnavailable */
export async function findRecord(sessions: CoreSessions, handle: SessionHandle): Promise<SessionRecord | undefined> {
  const session = await sessions.find(handle);
  return session === undefined ? undefined : recordOf(session);
}

const recordOf = ({ handle, userId, createdAt, expiry, payload, data }: SessionInformation): SessionRecord => ({
  sessionHandle: handle,
  userId,
  created: createdAt,
  expires: expiry,
  claims: payload,
  data,
});
