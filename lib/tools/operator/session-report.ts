import type { SessionRecord } from './session-records.ts';
import { aligned, timeOf } from './text-table.ts';

/** A session in a list, for programs. Times are in ms since the epoch, as the service's `GET /sessions` has them. */
export const summaryOf = ({ sessionHandle, userId, created, expires, data }: SessionRecord) => ({
  sessionHandle,
  userId,
  created,
  expires,
  ...(data.userAgent !== undefined && { userAgent: data.userAgent }),
});

/** Sessions as a table, for people. */
export function sessionTable(records: readonly SessionRecord[]): string {
  const rows = records.map(({ sessionHandle, created, expires, data }) => [
    sessionHandle,
    timeOf(created),
    timeOf(expires),
    String(data.userAgent ?? ''),
  ]);
  return aligned([['SESSION HANDLE', 'CREATED', 'EXPIRES', 'DEVICE'], ...rows]);
}

/** All that is known of one session, for people. */
export const sessionSheet = ({ sessionHandle, userId, created, expires, claims, data }: SessionRecord): string =>
  aligned([
    ['Session handle', sessionHandle],
    ['User', userId],
    ['Created', timeOf(created)],
    ['Expires', timeOf(expires)],
    ['Claims', JSON.stringify(claims)],
    ['Session data', JSON.stringify(data)],
  ]);
