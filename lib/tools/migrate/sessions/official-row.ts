import { parseJson } from '../../../core/json.ts';
import { type Hash2, isJsonObject, type JsonObject, type SessionHandle, type UserId } from '../../../core/types.ts';
import type { Refusal, Session } from './session.ts';

/** The one app and the one tenant of the built-in core. */
export const PUBLIC = 'public';

/** A row of an official core's table `session_info`. */
export interface OfficialRow {
  readonly app_id: string;
  readonly tenant_id: string;
  readonly session_handle: string;
  readonly user_id: string;
  readonly refresh_token_hash_2: string;
  /** JSON. */
  readonly session_data: string | null;
  /** Milliseconds; PostgreSQL's `bigint` arrives as text. */
  readonly expires_at: string;
  readonly created_at_time: string;
  readonly jwt_user_payload: string | null;
  readonly use_static_key: boolean;
  readonly prev_refresh_token_hash_2: string | null;
  readonly refresh_token_rotated_at: string | null;
  /** The user's id at log-in, if the row was read; `user_id` then is what the next token names. */
  readonly login_user_id?: string;
  /** Whether that user is linked to a primary user. */
  readonly is_linked?: boolean;
}

/** Reads a row; a {@link Refusal} if it is of no use to the built-in core. */
export function readOfficialRow(row: OfficialRow): Session | Refusal {
  const [createdAt, expiry] = [Number(row.created_at_time), Number(row.expires_at)];
  const refuse = (reason: string): Refusal => ({ handle: row.session_handle, createdAt, expiry, reason });
  if (row.app_id !== PUBLIC || row.tenant_id !== PUBLIC) return refuse(`of app ${row.app_id}, tenant ${row.tenant_id}`);
  const { refresh_token_hash_2: current, prev_refresh_token_hash_2: prev } = row;
  if (!isHash(current) || (prev !== null && !isHash(prev))) return refuse('its refresh token hash is not a SHA-256');
  const payload = parseObject('jwt_user_payload', row.jwt_user_payload);
  const data = parseObject('session_data', row.session_data);
  if (typeof payload === 'string') return refuse(payload);
  if (typeof data === 'string') return refuse(data);
  const note = noteOnUser(row);
  return {
    handle: row.session_handle as SessionHandle,
    userId: row.user_id as UserId,
    current,
    prev: prev ?? undefined,
    rotatedAt: row.refresh_token_rotated_at === null ? undefined : Number(row.refresh_token_rotated_at),
    payload,
    data,
    createdAt,
    expiry,
    useStaticKey: row.use_static_key,
    ...(note !== undefined && { notes: [note] }),
  };
}

/** The built-in core keeps one user id of a session: its tokens name it as the user and as the recipe user. */
const noteOnUser = ({ is_linked, login_user_id, user_id }: OfficialRow): string | undefined =>
  is_linked === true
    ? `its account is linked, so tokens name the user ${user_id} instead of the recipe user ${login_user_id}`
    : undefined;

/** Our session as a row of the official core. */
export const writeOfficialRow = (session: Session): OfficialRow => ({
  app_id: PUBLIC,
  tenant_id: PUBLIC,
  session_handle: session.handle,
  user_id: session.userId,
  refresh_token_hash_2: session.current,
  session_data: JSON.stringify(session.data),
  expires_at: String(session.expiry),
  created_at_time: String(session.createdAt),
  jwt_user_payload: JSON.stringify(session.payload),
  use_static_key: session.useStaticKey,
  prev_refresh_token_hash_2: session.prev ?? null,
  refresh_token_rotated_at: session.rotatedAt === undefined ? null : String(session.rotatedAt),
});

const isHash = (text: string): text is Hash2 => /^[0-9a-f]{64}$/.test(text);

/** @returns the object, or what is wrong with it */
function parseObject(name: 'jwt_user_payload' | 'session_data', text: string | null): JsonObject | string {
  try {
    const value = parseJson(text ?? '');
    if (isJsonObject(value)) return value;
  } catch {
    // As below.
  }
  return `its ${name} is not a JSON object`;
}
