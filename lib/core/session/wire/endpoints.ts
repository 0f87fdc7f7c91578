import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import {
  flag,
  ignored,
  object,
  optional,
  queryFlag,
  queryText,
  queryUserId,
  sessionHandle,
  sessionHandles,
  text,
  userId,
  wholeNumber,
} from '../../http/schema.ts';
import { anyTenant, appSpecific, ownTenant, publicTenantFrom } from '../../http/tenant-rules.ts';
import { type CdiVersion, isAtLeast } from '../../http/versions.ts';
import type { SessionHandle } from '../../types.ts';
import type { SessionHandleInput } from '../operations/session-data.ts';
import {
  answerCreateSession,
  answerGetJwtData,
  answerGetSession,
  answerGetSessionData,
  answerListSessions,
  answerRefreshSession,
  answerRegenerateSession,
  answerRemoveSessions,
  answerUpdateJwtData,
  answerUpdateSessionData,
  answerVerifySession,
  checkRemoveSessionsInput,
} from './answers.ts';
import { handleTenant, ownHandles } from './handle-tenant.ts';

const handleFromQuery = (query: URLSearchParams): SessionHandleInput => ({
  sessionHandle: queryText(query, 'sessionHandle') as SessionHandle,
});

const validityFrom = (version: CdiVersion) => (isAtLeast(version, '5.6') ? optional(wholeNumber) : ignored);

/** The endpoints of the Session recipe. */
export const SESSION: readonly Endpoint[] = [
  withBody(
    'POST',
    '/recipe/session',
    (version) => ({
      userId,
      userDataInJWT: object,
      userDataInDatabase: object,
      enableAntiCsrf: flag,
      useDynamicSigningKey: optional(flag),
      accessTokenValidity: validityFrom(version),
    }),
    [ownTenant],
    answerCreateSession,
  ),
  withQuery('/recipe/session', handleFromQuery, handleTenant, answerGetSession),
  withBody(
    'POST',
    '/recipe/session/verify',
    () => ({
      accessToken: text,
      doAntiCsrfCheck: flag,
      enableAntiCsrf: flag,
      checkDatabase: flag,
      antiCsrfToken: optional(text),
    }),
    [publicTenantFrom('5.6')],
    answerVerifySession,
  ),
  withBody(
    'POST',
    '/recipe/session/refresh',
    (version) => ({
      refreshToken: text,
      antiCsrfToken: optional(text),
      enableAntiCsrf: flag,
      useDynamicSigningKey: isAtLeast(version, '5.0') ? flag : optional(flag),
      accessTokenValidity: validityFrom(version),
    }),
    [ownTenant],
    answerRefreshSession,
  ),
  withBody(
    'POST',
    '/recipe/session/regenerate',
    () => ({ accessToken: text, userDataInJWT: optional(object) }),
    [anyTenant],
    answerRegenerateSession,
  ),
  withBody(
    'POST',
    '/recipe/session/remove',
    () => ({
      userId: optional(userId),
      sessionHandles: optional(sessionHandles),
      revokeAcrossAllTenants: optional(flag),
      revokeSessionsForLinkedAccounts: optional(flag),
    }),
    [
      (_received, input) => checkRemoveSessionsInput(input),
      (_received, { sessionHandles: handles }) => ownHandles(handles ?? []),
      (received, input) => {
        if (input.userId !== undefined)
          (input.revokeAcrossAllTenants === false ? ownTenant : appSpecific)(received, input);
      },
    ],
    answerRemoveSessions,
  ),
  withQuery(
    '/recipe/session/user',
    (query) => ({
      userId: queryUserId(query),
      fetchAcrossAllTenants: queryFlag(query, 'fetchAcrossAllTenants'),
      withLinked: queryFlag(query, 'fetchSessionsForAllLinkedAccounts'),
    }),
    (received, input) => (input.fetchAcrossAllTenants ? appSpecific : ownTenant)(received, input),
    answerListSessions,
  ),
  withQuery('/recipe/session/data', handleFromQuery, handleTenant, answerGetSessionData),
  withBody(
    'PUT',
    '/recipe/session/data',
    () => ({ sessionHandle, userDataInDatabase: object }),
    [handleTenant],
    answerUpdateSessionData,
  ),
  withQuery('/recipe/jwt/data', handleFromQuery, handleTenant, answerGetJwtData),
  withBody(
    'PUT',
    '/recipe/jwt/data',
    () => ({ sessionHandle, userDataInJWT: object }),
    [handleTenant],
    answerUpdateJwtData,
  ),
];
