import type { CoreSessions } from '../../core/index.ts';
import { ROW_PREFIX, ROW_SORT_KEY } from '../../core/session/store/dynamodb/sessions.ts';
import type { SessionHandle } from '../../core/types.ts';
import type { DynamoDbOptions } from '../../dynamodb/connection.ts';
import { createBulk } from './bulk.ts';

/**
 * Ends every session of every user that existed when this began. What users begin meanwhile may stay.
 * @param onProgress hears after each page of the table how many have been revoked so far
 * @returns how many were revoked
 * @throws DynamoDbError and whatever else keeps the core from its store; it can be done again, and goes on from there
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
    revoked += (await sessions.revoke(handles)).length;
    onProgress(revoked);
  }
  return revoked;
}
