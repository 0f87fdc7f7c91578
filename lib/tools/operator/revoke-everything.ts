import type { CoreSessions } from '../../core/index.ts';
import { ROW_PREFIX, ROW_SORT_KEY } from '../../core/session/store/dynamodb/session-keys.ts';
import type { SessionHandle } from '../../core/types.ts';
import type { DynamoDbOptions } from '../../dynamodb/connection.ts';
import { createBulk } from './bulk.ts';
import { patiently } from './patience.ts';

/**
 * Ends every session of every user that existed when this began, and retries while DynamoDB is unavailable. A session
 * that begins meanwhile may stay.
 * @param onProgress gets the number of sessions ended so far, after each page of the table
 * @returns the number of sessions ended
 * @throws DynamoDbError, StoreUnavailable; a repeated call continues with the remaining sessions
 */
export async function revokeEverything(
  sessions: CoreSessions,
  db: DynamoDbOptions,
  table: string,
  onProgress: (revoked: number) => void,
): Promise<number> {
  let revoked = 0;
  for await (const items of createBulk(db).scan(table, ROW_SORT_KEY)) {
    if (items.length === 0) continue;
    const handles = items.map(({ pk }) => String(pk).slice(ROW_PREFIX.length) as SessionHandle);
    await patiently(() => sessions.revoke(handles));
    revoked += handles.length;
    onProgress(revoked);
  }
  return revoked;
}
