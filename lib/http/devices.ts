import Session, { type SessionContainer } from 'supertokens-node/recipe/session';
import { service } from '../supertokens/service.ts';
import { HttpError } from './errors.ts';
import type { GatewayRequest } from './gateway.ts';

/** A session as its user sees it: a browser or app where they are logged in. Times are in ms since the epoch. */
export interface Device {
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

/** What is kept of a log-in for its user to recognise it by. */
export function deviceData({ headers }: GatewayRequest): Record<string, string> {
  const userAgent = headers['user-agent']?.slice(0, MAX_USER_AGENT);
  return userAgent === undefined ? {} : { userAgent };
}

/** As many sessions as are looked up at once. */
const BATCH = 25;

/** Where a user is logged in, the current session first, then the one refreshed last. */
export async function listDevices(current: SessionContainer): Promise<Device[]> {
  const handles = await Session.getAllSessionHandlesForUser(current.getUserId());
  const devices: Device[] = [];
  for (let start = 0; start < handles.length; start += BATCH) {
    const batch = handles.slice(start, start + BATCH).map((handle) => describe(handle, current.getHandle()));
    devices.push(...(await Promise.all(batch)).filter((device) => device !== undefined));
  }
  return devices.sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent) || b.lastRefreshed - a.lastRefreshed);
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
 * Ends one of the user's own sessions.
 * @throws HttpError 404 if it is not theirs, or none at all: which of the two is nobody's business
 */
export async function revokeDevice(current: SessionContainer, sessionHandle: string): Promise<void> {
  // Asked of the session itself, so that its tokens are cleared too.
  if (sessionHandle === current.getHandle()) return current.revokeSession();
  const own = await Session.getAllSessionHandlesForUser(current.getUserId());
  if (!own.includes(sessionHandle)) throw new HttpError(404, 'You have no such session');
  await Session.revokeSession(sessionHandle);
}
