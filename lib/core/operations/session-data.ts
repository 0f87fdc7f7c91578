import type { JsonObject, SessionHandle } from '../types.ts';
import { liveRow, type Operation, SESSION_DOES_NOT_EXIST } from './context.ts';
import { accessTokenVersionFor, checkPayload, recipeUserIdFor, refusingTooLarge } from './tokens.ts';

export interface SessionHandleInput {
  readonly sessionHandle: SessionHandle;
}

/** GET /recipe/session: all that is stored of a session. */
export const getSession: Operation<SessionHandleInput> = async (context, { sessionHandle }, call) => {
  const row = await liveRow(context, sessionHandle);
  if (row === undefined) return SESSION_DOES_NOT_EXIST;
  return {
    status: 'OK',
    sessionHandle,
    userId: row.userId,
    ...recipeUserIdFor(call, row.userId),
    userDataInDatabase: row.data,
    userDataInJWT: row.payload,
    expiry: row.expiry,
    timeCreated: row.createdAt,
    tenantId: 'public',
  };
};

/** GET /recipe/session/data: what is kept of a session in the database alone. */
export const getSessionData: Operation<SessionHandleInput> = async (context, { sessionHandle }) => {
  const row = await liveRow(context, sessionHandle);
  return row === undefined ? SESSION_DOES_NOT_EXIST : { status: 'OK', userDataInDatabase: row.data };
};

/** GET /recipe/jwt/data: the claims that the next access token will carry. */
export const getJwtData: Operation<SessionHandleInput> = async (context, { sessionHandle }) => {
  const row = await liveRow(context, sessionHandle);
  return row === undefined ? SESSION_DOES_NOT_EXIST : { status: 'OK', userDataInJWT: row.payload };
};

/** PUT /recipe/session/data */
export const updateSessionData: Operation<SessionHandleInput & { readonly userDataInDatabase: JsonObject }> = async (
  { store, clock },
  { sessionHandle, userDataInDatabase },
) => {
  const isStored = await refusingTooLarge(store.sessions.setData(sessionHandle, userDataInDatabase, clock()));
  return isStored ? { status: 'OK' } : SESSION_DOES_NOT_EXIST;
};

/** PUT /recipe/jwt/data: takes effect with the next access token. */
export const updateJwtData: Operation<SessionHandleInput & { readonly userDataInJWT: JsonObject }> = async (
  context,
  { sessionHandle, userDataInJWT },
  call,
) => {
  checkPayload(context, userDataInJWT, accessTokenVersionFor(call.version));
  const { store, clock } = context;
  const row = await refusingTooLarge(store.sessions.setPayload(sessionHandle, userDataInJWT, clock()));
  return row === undefined ? SESSION_DOES_NOT_EXIST : { status: 'OK' };
};
