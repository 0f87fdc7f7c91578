import type { JsonObject, SessionHandle } from '../../types.ts';
import type { SessionRow } from '../rules/row.ts';
import type { Operation } from './call-rules.ts';
import { checkPayload, claimLimitOf, countedClaimBytes } from './claim-limit.ts';
import { liveRow } from './live-row.ts';
import { rejectingTooLarge } from './tokens.ts';

export interface SessionHandleInput {
  readonly sessionHandle: SessionHandle;
}

/** What a stored session says, without its tokens. */
export type SessionInformation = Pick<
  SessionRow,
  'handle' | 'userId' | 'recipeUserId' | 'payload' | 'data' | 'createdAt' | 'expiry'
>;

/** Reads a session; `undefined` if there is none, or it has expired. */
export const getSession = (
  context: Parameters<typeof liveRow>[0],
  { sessionHandle }: SessionHandleInput,
): Promise<SessionInformation | undefined> => liveRow(context, sessionHandle);

/** Replaces what is kept of a session in the database alone. @returns whether the session was there */
export const updateSessionData: Operation<SessionHandleInput & { readonly userDataInDatabase: JsonObject }, boolean> = (
  { store, clock },
  { sessionHandle, userDataInDatabase },
) => rejectingTooLarge(store.sessions.setData(sessionHandle, userDataInDatabase, clock()));

/** Replaces the claims that the next access token will carry. @returns whether the session was there. @throws InputRejected */
export const updateJwtData: Operation<SessionHandleInput & { readonly userDataInJWT: JsonObject }, boolean> = async (
  context,
  { sessionHandle, userDataInJWT },
  { accessTokenVersion },
) => {
  const { store, clock } = context;
  // The row is read only for claims that would otherwise be rejected.
  const isLarge = countedClaimBytes(userDataInJWT) > claimLimitOf(context);
  const existing = isLarge ? (await liveRow(context, sessionHandle))?.payload : undefined;
  checkPayload(context, userDataInJWT, accessTokenVersion, existing);
  const row = await rejectingTooLarge(store.sessions.setPayload(sessionHandle, userDataInJWT, clock()));
  return row !== undefined;
};
