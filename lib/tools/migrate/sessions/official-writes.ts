import type pg from 'pg';
import type { SessionHandle } from '../../../core/types.ts';
import { committedOf } from '../official-transaction.ts';
import { PUBLIC, writeOfficialRow } from './official-row.ts';
import type { Session } from './session.ts';
import type { Change, MissingSession } from './session-database.ts';

/** The version of a row: PostgreSQL's `xmin`, the transaction that wrote it. */
export type RowVersion = string;

/** The official tables' limit for a user id, characters. */
const MAX_USER_ID = 128;

export function refusalOf({ userId }: Session): string | undefined {
  // As PostgreSQL counts them: a character beyond the basic plane has a `length` of 2.
  const characters = [...userId].length;
  if (characters > MAX_USER_ID)
    return `its user id has ${characters} characters, and an official core keeps ${MAX_USER_ID}`;
  return userId.includes('\0') ? 'its user id has a NUL character, which PostgreSQL cannot store' : undefined;
}

/** The sessions among the missing ones that were created, and revoked since. */
export async function revokedOf(
  client: pg.Client,
  missing: readonly MissingSession[],
): Promise<ReadonlySet<SessionHandle>> {
  const committed = await committedOf(
    client,
    missing.map(({ ticket }) => ticket),
  );
  return new Set(missing.flatMap(({ session, ticket }) => (committed.has(ticket ?? '') ? session.handle : [])));
}

export async function writeRows(
  client: pg.Client,
  columns: readonly string[],
  changes: readonly Change<RowVersion>[],
): Promise<ReadonlySet<SessionHandle>> {
  const written = new Set<string>();
  const created = changes
    .filter(({ replaces }) => replaces === undefined)
    .map(({ session }) => writeOfficialRow(session));
  if (created.length > 0) {
    const { rows } = await client.query<{ session_handle: string }>(
      `INSERT INTO session_info (${columns.join(', ')})
       SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::session_info, $1)
       ON CONFLICT DO NOTHING RETURNING session_handle`,
      [JSON.stringify(created)],
    );
    for (const { session_handle } of rows) written.add(session_handle);
  }
  for (const { session, replaces } of changes) {
    if (replaces !== undefined && (await replace(client, columns, session, replaces))) written.add(session.handle);
  }
  return new Set(changes.map(({ session }) => session.handle).filter((handle) => !written.has(handle)));
}

async function replace(client: pg.Client, columns: readonly string[], session: Session, replaces: RowVersion) {
  // A session's user never changes; the row may have another id of the same user than what is read from it.
  const changing = columns.filter((column) => column !== 'user_id').join(', ');
  const { rowCount } = await client.query(
    `UPDATE session_info SET (${changing}) =
       (SELECT ${changing} FROM jsonb_populate_record(NULL::session_info, $1))
     WHERE app_id = $2 AND tenant_id = $2 AND session_handle = $3 AND xmin::text = $4`,
    [JSON.stringify(writeOfficialRow(session)), PUBLIC, session.handle, replaces],
  );
  return rowCount === 1;
}

export async function removeRows(client: pg.Client, handles: readonly SessionHandle[]): Promise<void> {
  await client.query('DELETE FROM session_info WHERE app_id = $1 AND tenant_id = $1 AND session_handle = ANY($2)', [
    PUBLIC,
    handles,
  ]);
}
