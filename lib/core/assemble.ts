import type { CoreConfig } from './config.ts';
import { type CoreContext, NO_HOOKS, type SessionHooks } from './context.ts';
import type { CoreRequest, CoreResponse } from './http/answer.ts';
import { createPublishedKeysReader, type PublishedKeysReader } from './keys/published-keys.ts';
import { replaceKeys, type WhatToReplace } from './keys/replace-keys.ts';
import { createSigningKeys, type SigningKeys } from './keys/signing-keys.ts';
import {
  revokeSessions,
  revokeUserSessions,
  type UserRevocation,
  type UserRevocationOptions,
} from './session/operations/remove-sessions.ts';
import { getSession, type SessionInformation } from './session/operations/session-data.ts';
import type { IndexPage, IndexRequest } from './session/store/session-store.ts';
import type { Store } from './store/store.ts';
import type { Clock, CoreEvent, Random, SessionHandle, UserId } from './types.ts';

export interface CoreParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: CoreConfig;
  /** Receives what an operator should know. The core works without it. */
  readonly report?: (event: CoreEvent) => void;
}

/** The sessions of a core, by function call. No method reads a key. Every method throws StoreUnavailable. */
export interface CoreSessions {
  /** The handles of a user's unexpired sessions. */
  list(userId: UserId): Promise<SessionHandle[]>;
  /** A page of what the index says of a user's sessions, some of which may have ended. */
  listIndexed(userId: UserId, request: IndexRequest): Promise<IndexPage>;
  /** What is stored of a session; `undefined` if it has ended. */
  find(sessionHandle: SessionHandle): Promise<SessionInformation | undefined>;
  /** Revokes the named sessions. @returns the handles of those that were there */
  revoke(handles: readonly SessionHandle[]): Promise<SessionHandle[]>;
  /** Revokes every session of a user. A call that fails, or is cut short, can be repeated until it is complete. */
  revokeAll(userId: UserId, options?: UserRevocationOptions): Promise<UserRevocation>;
}

/** A SuperTokens core for sessions. */
export interface Core {
  /** Answers one CDI request. Never throws. */
  handle(request: CoreRequest): Promise<CoreResponse>;
  readonly sessions: CoreSessions;
  /** The public keys, for code that verifies access tokens without calling the core. */
  readonly publishedKeys: PublishedKeysReader;
  /** Reads the keys into the cache, as the first request would; makes the first ones if there are none. @throws StoreUnavailable */
  readKeys(): Promise<void>;
  /** For a schedule: makes the next signing key if it is due. @throws if it could not be made or published */
  readonly rotateSigningKeyIfDue: SigningKeys['rotateIfDue'];
  /** For an operator: replaces every signing key at once. @returns the ids of the new ones. @throws StoreUnavailable */
  replaceKeys(what: WhatToReplace): Promise<string[]>;
}

/** Makes a core that answers requests by `createAnswer`. It starts nothing, reads nothing and keeps nothing but caches of keys. */
export function assembleCore(
  { store, clock, random, config, report = () => undefined }: CoreParts,
  createAnswer: (context: CoreContext) => Core['handle'],
  hooks: SessionHooks = NO_HOOKS,
): Core {
  const published = createPublishedKeysReader(store.publishedKeys, clock);
  const schedule = { interval: config.signingKeyInterval, accessTokenValidity: config.accessTokenValidity };
  const hasStaticKeyFromStart = config.staticKey === 'from-start';
  const keys = createSigningKeys({ store, clock, random, schedule, hasStaticKeyFromStart, published, report });
  const context: CoreContext = { store, clock, random, config, keys, published, report, hooks };
  return {
    handle: createAnswer(context),
    sessions: {
      list: (userId) => store.sessions.list(userId, clock()),
      listIndexed: (userId, request) => store.sessions.listIndexed(userId, request),
      find: (sessionHandle) => getSession(context, { sessionHandle }),
      revoke: (handles) => revokeSessions(context, handles),
      revokeAll: (userId, options) => revokeUserSessions(context, userId, options),
    },
    publishedKeys: published,
    readKeys: () => keys.ensurePublished(),
    rotateSigningKeyIfDue: () => keys.rotateIfDue(),
    replaceKeys: (what) => replaceKeys({ store, clock, random, schedule, report }, what),
  };
}
