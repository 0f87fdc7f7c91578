import type { Hash2, JsonObject, SessionHandle, UserId } from '../../core/types.ts';
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
}

/** Reads a row; a {@link Refusal} if it is of no use to the built-in core. */
export function readOfficialRow(row: OfficialRow): Session | Refusal {
  const [createdAt, expiry] = [Number(row.created_at_time), Number(row.expires_at)];
  const refuse = (reason: string): Refusal => ({ handle: row.session_handle, createdAt, expiry, reason });
  if (row.app_id !== PUBLIC || row.tenant_id !== PUBLIC) return refuse(`of app ${row.app_id}, tenant ${row.tenant_id}`);
  const { refresh_token_hash_2: current, prev_refresh_token_hash_2: prev } = row;
  if (!isHash(current) || (prev !== null && !isHash(prev))) return refuse('its refresh token hash is no SHA-256');
  const payload = parseObject(row.jwt_user_payload);
  const data = parseObject(row.session_data);
  if (typeof payload === 'string') return refuse(`its jwt_user_payload ${payload}`);
  if (typeof data === 'string') return refuse(`its session_data ${data}`);
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
  };
}

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
function parseObject(text: string | null): JsonObject | string {
  let isRounded = false;
  const check = (_name: string, value: unknown): unknown => {
    isRounded ||= typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
    return value;
  };
  try {
    const value: unknown = JSON.parse(text ?? '', check);
    // An official core keeps it digit by digit, and so may a backend in Go or Python.
    if (isRounded) return 'has a number beyond 2^53, which would be rounded';
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // As below.
  }
  return 'is no JSON object';
}
