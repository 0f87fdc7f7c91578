import { parseJson } from '../../../core/json.ts';
import { recipeUserOf } from '../../../core/session/rules/row.ts';
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
}

/**
 * A row with the ids that the core's next token names. The row itself has the login method's id as it was at log-in: the external
 * one if there was one, and else the core's own.
 */
export interface ResolvedRow extends OfficialRow {
  /** The user: the primary user if the login method is linked. */
  readonly sub: string;
  /** The login method. */
  readonly rsub: string;
}

/** Reads a row; a {@link Refusal} if it is of no use to the built-in core. */
export function readOfficialRow(row: ResolvedRow): Session | Refusal {
  const [createdAt, expiry] = [Number(row.created_at_time), Number(row.expires_at)];
  const refuse = (reason: string): Refusal => ({ handle: row.session_handle, createdAt, expiry, reason });
  if (row.app_id !== PUBLIC || row.tenant_id !== PUBLIC) return refuse(`of app ${row.app_id}, tenant ${row.tenant_id}`);
  const { refresh_token_hash_2: current, prev_refresh_token_hash_2: prev } = row;
  if (!isHash(current) || (prev !== null && !isHash(prev))) return refuse('its refresh token hash is not a SHA-256');
  const payload = parseObject('jwt_user_payload', row.jwt_user_payload);
  const data = parseObject('session_data', row.session_data);
  if (typeof payload === 'string') return refuse(payload);
  if (typeof data === 'string') return refuse(data);
  return {
    handle: row.session_handle as SessionHandle,
    userId: row.sub as UserId,
    ...(row.rsub !== row.sub && { recipeUserId: row.rsub as UserId }),
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
  user_id: recipeUserOf(session),
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
