import { listedUntil } from '../session/listing.ts';
import { freshTokenParts, hash1Of, hash2Of, sealRefreshToken } from '../session/refresh-token.ts';
import type { SessionRow } from '../session/row.ts';
import type { AntiCsrfToken, JsonObject, Millis, SessionHandle, UserId } from '../types.ts';
import type { Call, CoreContext, Operation } from './context.ts';
import {
  accessTokenVersionFor,
  checkPayload,
  describeRefreshToken,
  describeSession,
  issueAccessToken,
  refusingTooLarge,
  requestedValidity,
} from './tokens.ts';

export interface CreateSessionInput {
  readonly userId: UserId;
  readonly userDataInJWT: JsonObject;
  readonly userDataInDatabase: JsonObject;
  readonly enableAntiCsrf: boolean;
  readonly useDynamicSigningKey: boolean | undefined;
  readonly accessTokenValidity: Millis | undefined;
}

/** POST /recipe/session: a new session with its first pair of tokens. */
export const createSession: Operation<CreateSessionInput> = async (context, input, call) => {
  checkPayload(context, input.userDataInJWT, accessTokenVersionFor(call.version));
  let made = await makeSession(context, input, call);
  const another = async (): Promise<SessionRow> => {
    made = await makeSession(context, input, call);
    return made.row;
  };
  await refusingTooLarge(context.store.sessions.create(made.row, another));
  const { row, refreshToken, accessToken, antiCsrfToken } = made;
  return {
    status: 'OK',
    session: describeSession(row, call),
    accessToken,
    refreshToken: describeRefreshToken(refreshToken, row.expiry, row.createdAt),
    ...(antiCsrfToken !== undefined && { antiCsrfToken }),
  };
};

/** A session of random handle, with its tokens; nothing is stored yet. */
async function makeSession(context: CoreContext, input: CreateSessionInput, call: Call) {
  const validity = requestedValidity(context, input.accessTokenValidity, call);
  const { random, config, clock } = context;
  const handle = random.uuid() as SessionHandle;
  const antiCsrfToken = input.enableAntiCsrf ? (random.uuid() as AntiCsrfToken) : undefined;
  const { nonce, iv } = freshTokenParts(random);
  const content = { sessionHandle: handle, userId: input.userId, parent: undefined, nonce, antiCsrfToken };
  const refreshToken = sealRefreshToken(content, iv, (await context.keys.secrets()).refreshTokenSecret);
  const refreshTokenHash1 = hash1Of(refreshToken);
  const now = clock();
  const row: SessionRow = {
    handle,
    userId: input.userId,
    current: hash2Of(refreshTokenHash1),
    prev: undefined,
    rotatedAt: undefined,
    retired: [],
    payload: input.userDataInJWT,
    data: input.userDataInDatabase,
    createdAt: now,
    expiry: now + config.refreshTokenValidity,
    listedUntil: listedUntil(now, config.refreshTokenValidity),
    useStaticKey: input.useDynamicSigningKey === false,
  };
  const accessToken = await issueAccessToken(context, row, { refreshTokenHash1, antiCsrfToken, validity }, call);
  return { row, refreshToken, accessToken, antiCsrfToken };
}
