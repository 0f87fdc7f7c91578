import { concurrently } from '../../core/concurrently.ts';
import type { CoreSessions, SessionInformation } from '../../core/index.ts';
import type { JsonObject, Millis, SessionHandle, UserId } from '../../core/types.ts';

/** A session as an operator sees it, without its tokens. Times are in ms since the epoch. */
export interface SessionRecord {
  readonly sessionHandle: SessionHandle;
  readonly userId: UserId;
  readonly created: Millis;
  readonly expires: Millis;
  /** The claims of its next access token, apart from the standard ones. */
  readonly claims: JsonObject;
  /** What the service keeps of it, such as the device's user agent. */
  readonly data: JsonObject;
}

const READS_AT_ONCE = 25;

/** A user's unexpired sessions, the newest first. @throws StoreUnavailable */
export async function listRecords(sessions: CoreSessions, userId: UserId): Promise<SessionRecord[]> {
  const records: SessionRecord[] = [];
  await concurrently(READS_AT_ONCE, await sessions.list(userId), async (handle) => {
    const record = await findRecord(sessions, handle);
    if (record !== undefined) records.push(record);
  });
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
