import Session, { type SessionContainer } from 'supertokens-node/recipe/session';
import type { SessionHandle } from '../core/types.ts';
import { service } from '../supertokens/service.ts';
import { userSessions } from '../supertokens/user-sessions.ts';
import { ServiceError } from './errors.ts';
import type { GatewayRequest } from './gateway.ts';
import { userIdOf } from './session-user.ts';

/** A session as its user sees it: a browser or app where they are logged in. Times are in ms since the epoch. */
interface Device {
  readonly sessionHandle: string;
  readonly created: number;
  readonly lastRefreshed: number;
  readonly expires: number;
  /** As the browser or app said it at log-in; absent if it said nothing. */
  readonly userAgent?: string;
  readonly isCurrent: boolean;
}

/** More than any real one has; the rest is cut off, for it is stored with the session. */
const MAX_USER_AGENT = 300;

/** What the user recognises a log-in by. */
export function deviceData({ headers }: GatewayRequest): Record<string, string> {
  const userAgent = headers['user-agent']?.slice(0, MAX_USER_AGENT);
  return userAgent === undefined ? {} : { userAgent };
}

/** Some of a user's sessions. */
export interface DevicePage {
  readonly sessions: readonly Device[];
  /** The `after` of the next page; absent if this is the last one. */
  readonly next?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly after: SessionHandle | undefined;
}

/** The most sessions of a page, and as many as there are without `limit`. */
const MAX_LIMIT = 100;

/** Reads which page a client wants, from the query's `limit` and `after`. @throws HttpError 400 */
export function pageOf({ queryStringParameters }: GatewayRequest): PageRequest {
  const { limit = String(MAX_LIMIT), after } = queryStringParameters ?? {};
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > MAX_LIMIT) {
    throw new ServiceError('invalid_request', `limit must be a whole number from 1 to ${MAX_LIMIT}`);
  }
  if (after !== undefined && !/^[\w-]{1,200}$/.test(after)) {
    throw new ServiceError('invalid_request', 'after must be the value of next from another page');
  }
  return { limit: Number(limit), after: after as SessionHandle | undefined };
}

/** As many sessions as are looked up at once. */
const BATCH = 25;

/**
 * Where a user is logged in. The first page begins with the current session, whatever its place in the order. The other
 * sessions of a page are in the order of their last refresh, the latest first.
 */
export async function listDevices(session: SessionContainer, { limit, after }: PageRequest): Promise<DevicePage> {
  const current = session.getHandle();
  const { handles, next } = await userSessions(service().core).list(userIdOf({ session }), limit, after);
  const others = handles.filter((handle) => handle !== current);
  const shown = after === undefined ? [current, ...others] : others;
  const devices: Device[] = [];
  for (let start = 0; start < shown.length; start += BATCH) {
    const batch = shown.slice(start, start + BATCH).map((handle) => describe(handle, current));
    devices.push(...(await Promise.all(batch)).filter((device) => device !== undefined));
  }
  const sessions = devices.sort(
    (a, b) => Number(b.isCurrent) - Number(a.isCurrent) || b.lastRefreshed - a.lastRefreshed,
  );
  return { sessions, ...(next !== undefined && { next }) };
}

/** @returns `undefined` if the session has ended since it was listed */
async function describe(sessionHandle: string, current: string): Promise<Device | undefined> {
  const session = await Session.getSessionInformation(sessionHandle);
  if (session === undefined) return undefined;
  const { timeCreated, expiry, sessionDataInDatabase } = session;
  const { userAgent } = sessionDataInDatabase as { userAgent?: string };
  return {
    sessionHandle,
    created: timeCreated,
    // A refresh, and nothing else, renews the expiry to the whole validity.
    lastRefreshed: Math.max(timeCreated, expiry - service().config.refreshTokenValidity),
    expires: expiry,
    ...(userAgent !== undefined && { userAgent }),
    isCurrent: sessionHandle === current,
  };
}

/**
 * Revokes one of the user's own sessions.
 * @throws HttpError 404 if it does not exist, or belongs to another user. The response does not say which
 */
export async function revokeDevice(session: SessionContainer, sessionHandle: string): Promise<void> {
  // Through the session itself, so that its tokens are cleared as well.
  if (sessionHandle === session.getHandle()) return session.revokeSession();
  const isOwn = await userSessions(service().core).owns(userIdOf({ session }), sessionHandle as SessionHandle);
  if (!isOwn) throw new ServiceError('not_found', 'You have no such session');
  await Session.revokeSession(sessionHandle);
}
