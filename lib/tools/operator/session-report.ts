import type { Millis } from '../../core/types.ts';
import type { SessionRecord } from './session-records.ts';

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

/** To the second, in UTC. */
const timeOf = (time: Millis): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

function aligned(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map(printable));
  const widths = (safe[0] ?? []).map((_cell, column) => Math.max(...safe.map((row) => (row[column] ?? '').length)));
  return safe
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Clients choose their user agents and some user ids: what they say must not steer the operator's terminal. */
const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
