import type { CoreConfig } from '../../lib/core/index.ts';
import { MAX_RETIRED } from '../../lib/core/session/rules/row.ts';
import type { Millis } from '../../lib/core/types.ts';
import { IN_PROCESS, OVER_HTTP } from '../fixtures/cdi-session.ts';
import { LIMITS } from './world.ts';

const { gracePeriod: G, refreshTokenValidity } = LIMITS;

/**
 * A reference model of sessions, written from the contract. It knows tokens by identity: no hash, no row, no key.
 * Where the contract names a moment or a bound, so does the model.
 */
export interface Session {
  readonly handle: string;
  readonly user: string;
  readonly tokens: Token[];
  payload: number;
  data: number;
  live: Token;
  previous: Token | undefined;
  rotatedAt: Millis;
  expiry: Millis;
  /** Newest last. They are all of one rule set, because the others forget them. */
  retired: readonly Retired[];
  isRevoked: boolean;
}

export interface Token {
  readonly text: string;
  readonly parent: Token | undefined;
}

export interface Retired {
  readonly token: Token;
  readonly at: Millis;
  readonly successor: Token;
}

export interface Access {
  readonly text: string;
  readonly session: Session;
  readonly token: Token;
  /** Whether it names a parent refresh token. */
  readonly hasParent: boolean;
  readonly expiry: Millis;
  readonly payload: number;
}

export type Refreshed =
  | { readonly status: 'UNAUTHORISED' | 'TOKEN_THEFT_DETECTED' }
  | {
      readonly status: 'OK';
      /** A token that was issued before, if the same one is expected again. */
      readonly again?: Token;
      readonly created: Millis;
      /** Of the refresh token, as in the answer. If absent, it is the session's. */
      readonly expiry?: Millis;
      /** Within the grace window. */
      readonly isRetry?: boolean;
      /** Receives the token that was issued. */
      accept(successor: Token): void;
    };

export interface Verified {
  readonly status: 'OK' | 'UNAUTHORISED' | 'TRY_REFRESH_TOKEN';
  readonly payload?: number;
  /** The answer has a new access token, which has no parent. */
  readonly isRenewed?: boolean;
  /** The new access token expires with the presented one. */
  readonly keepsExpiry?: boolean;
  readonly payloadUpdateAvailable?: boolean;
}

/** What differs from one family of rules to the other. */
export interface Rules {
  readonly config: Partial<CoreConfig>;
  readonly version: string;
  /** Whether access tokens of a refresh name the refresh token before. */
  readonly namesParents: boolean;
  /** Whether a claim update from a token leaves alone what was changed behind that token. */
  readonly mergesClaims: boolean;
  /** Whether the core itself ends a session when it finds a theft. Otherwise its caller does. */
  readonly endsStolenSessions: boolean;
  refresh(session: Session, token: Token, now: Millis): Refreshed;
  verify(access: Access, checkDatabase: boolean, now: Millis): Verified;
}

export const isGone = ({ isRevoked, expiry }: Session, now: Millis): boolean => isRevoked || now >= expiry;

const GONE = { status: 'UNAUTHORISED' } as const;

const theft = (session: Session): Refreshed => {
  session.isRevoked = true;
  return { status: 'TOKEN_THEFT_DETECTED' };
};

const replaceLive = (
  session: Session,
  by: Token,
  previous: Token,
  now: Millis,
  retired: readonly Retired[] = [],
): void => {
  session.live = by;
  session.previous = previous;
  session.rotatedAt = now;
  session.expiry = now + refreshTokenValidity;
  session.retired = retired;
};

/** It is the live one, or a child of it that was not used yet. */
const mayRotate = ({ live }: Session, token: Token): boolean => token === live || token.parent === live;

const isPreviousInTime = ({ previous, rotatedAt }: Session, token: Token, now: Millis): boolean =>
  token === previous && now <= rotatedAt + G;

/** Only the live token changes: previous, rotation and expiry stay. */
const branch = (
  session: Session,
  created: Millis,
  retired: (successor: Token) => readonly Retired[],
): Extract<Refreshed, { status: 'OK' }> => ({
  status: 'OK',
  created,
  isRetry: true,
  accept(successor) {
    session.live = successor;
    session.retired = retired(successor);
  },
});

/** What every verification begins with. */
const isExpired = ({ expiry }: Access, now: Millis): boolean => now >= expiry;

/** Up to CDI 5.5: a child becomes live when it is used. */
export const TWO_PHASES: Rules = {
  config: { ...LIMITS, ...OVER_HTTP },
  version: '5.4',
  namesParents: true,
  mergesClaims: false,
  endsStolenSessions: false,
  refresh(session, token, now) {
    if (isGone(session, now)) return GONE;
    if (token.parent === session.live) replaceLive(session, token, session.live, now);
    if (token !== session.live) return theft(session);
    return { status: 'OK', created: now, expiry: now + refreshTokenValidity, accept: () => undefined };
  },
  verify(access, checkDatabase, now) {
    if (isExpired(access, now)) return { status: 'TRY_REFRESH_TOKEN' };
    const { session, token, payload } = access;
    if (!checkDatabase && !access.hasParent) return { status: 'OK', payload };
    if (isGone(session, now)) return GONE;
    const isFirstUse = access.hasParent && token.parent === session.live;
    if (isFirstUse) replaceLive(session, token, session.live, now);
    const isRotated = access.hasParent && token === session.live;
    const isRenewed = isRotated || (checkDatabase && payload !== session.payload);
    return { status: 'OK', payload: isRenewed ? session.payload : payload, isRenewed, keepsExpiry: !isRotated };
  },
};

/** From CDI 5.6 on: rotation at refresh, another branch within the grace window. */
export const BRANCHES: Rules = {
  config: { ...LIMITS, ...OVER_HTTP },
  version: '5.6',
  namesParents: false,
  mergesClaims: false,
  endsStolenSessions: true,
  refresh(session, token, now) {
    if (isGone(session, now)) return GONE;
    if (mayRotate(session, token)) {
      return { status: 'OK', created: now, accept: (successor) => replaceLive(session, successor, token, now) };
    }
    if (!isPreviousInTime(session, token, now)) return theft(session);
    return { ...branch(session, now, () => []), expiry: now + refreshTokenValidity };
  },
  verify(access, checkDatabase, now) {
    if (isExpired(access, now)) return { status: 'TRY_REFRESH_TOKEN' };
    const { session, token, payload, hasParent } = access;
    if (!checkDatabase) return { status: 'OK', payload };
    const known = [session.live, session.previous];
    const isKnown = known.includes(token) || (hasParent && token.parent !== undefined && known.includes(token.parent));
    if (isGone(session, now) || !isKnown) return GONE;
    return { status: 'OK', payload, payloadUpdateAvailable: payload !== session.payload };
  },
};

/** The successors of a retired token, one after the other. */
function successorsOf(token: Token, retired: readonly Retired[]): Token[] {
  const entry = retired.find((candidate) => candidate.token === token);
  return entry === undefined ? [] : [entry.successor, ...successorsOf(entry.successor, retired)];
}

/** In process: rotation at refresh, the same successor within the grace window. */
export const SAME_SUCCESSOR: Rules = {
  config: { ...LIMITS, ...IN_PROCESS },
  version: '5.4',
  namesParents: false,
  mergesClaims: true,
  endsStolenSessions: true,
  refresh(session, token, now) {
    if (isGone(session, now)) return GONE;
    const { live, retired, rotatedAt } = session;
    if (mayRotate(session, token)) {
      const rotate = (successor: Token) =>
        replaceLive(session, successor, token, now, [...retired, { token, at: now, successor }].slice(-MAX_RETIRED));
      return { status: 'OK', created: now, accept: rotate };
    }
    const at = retired.find((entry) => entry.token === token)?.at;
    if (at === undefined ? !isPreviousInTime(session, token, now) : now > at + G) return theft(session);
    if (!successorsOf(token, retired).includes(live)) {
      return branch(session, at ?? rotatedAt, (successor) => [{ token, at: at ?? rotatedAt, successor }]);
    }
    return { status: 'OK', again: live, isRetry: true, created: rotatedAt, accept: () => undefined };
  },
  verify(access, checkDatabase, now) {
    if (isExpired(access, now)) return { status: 'TRY_REFRESH_TOKEN' };
    const { session, payload } = access;
    if (!checkDatabase) return { status: 'OK', payload };
    if (isGone(session, now)) return GONE;
    return { status: 'OK', payload: session.payload, isRenewed: payload !== session.payload, keepsExpiry: true };
  },
};
