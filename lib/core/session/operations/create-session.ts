import type { CoreContext, SessionOwner } from '../../context.ts';
import type { AntiCsrfToken, JsonObject, Millis, RefreshToken, SessionHandle, UserId } from '../../types.ts';
import { listedUntil } from '../rules/listing.ts';
import { freshTokenParts, hash1Of, hash2Of, sealRefreshToken } from '../rules/refresh-token.ts';
import type { SessionRow } from '../rules/row.ts';
import type { CallRules, Operation } from './call-rules.ts';
import { checkPayload } from './claim-limit.ts';
import { checkRequestedValidity, type IssuedAccessToken, issueAccessToken, rejectingTooLarge } from './tokens.ts';

export interface CreateSessionInput {
  readonly userId: UserId;
  readonly userDataInJWT: JsonObject;
  readonly userDataInDatabase: JsonObject;
  readonly enableAntiCsrf: boolean;
  readonly useDynamicSigningKey: boolean | undefined;
  readonly accessTokenValidity: Millis | undefined;
}

/** A new session with its first pair of tokens. */
export interface CreatedSession {
  readonly row: SessionRow;
  readonly accessToken: IssuedAccessToken;
  readonly refreshToken: RefreshToken;
  readonly antiCsrfToken: AntiCsrfToken | undefined;
}

/** Creates a session with its first pair of tokens. */
export const createSession: Operation<CreateSessionInput, CreatedSession> = async (context, input, rules) => {
  checkPayload(context, input.userDataInJWT, rules.accessTokenVersion);
  for (;;) {
    const owner = await context.hooks.ownerOf(input.userId);
    const created = await storeSession(context, { ...input, ...owner }, rules);
    if (await context.hooks.created(created.row, owner)) return created;
    // The login method was linked or unlinked meanwhile. That ends its sessions, but it may have looked for them too early.
    await context.store.sessions.delete(created.row.handle, context.clock());
  }
};

/** What a session is made of, once it is known whose it is. */
type OwnedSessionInput = CreateSessionInput & SessionOwner;

async function storeSession(context: CoreContext, input: OwnedSessionInput, rules: CallRules): Promise<CreatedSession> {
  let made = await makeSession(context, input, rules);
  const another = async (): Promise<SessionRow> => {
    made = await makeSession(context, input, rules);
    return made.row;
  };
  await rejectingTooLarge(context.store.sessions.create(made.row, another));
  return made;
}

/** A session of random handle, with its tokens; nothing is stored yet. */
async function makeSession(context: CoreContext, input: OwnedSessionInput, rules: CallRules): Promise<CreatedSession> {
  const validity = input.accessTokenValidity;
  checkRequestedValidity(context, validity);
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
    ...(input.recipeUserId !== input.userId && { recipeUserId: input.recipeUserId }),
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
  const accessToken = await issueAccessToken(context, row, { refreshTokenHash1, antiCsrfToken, validity }, rules);
  return { row, refreshToken, accessToken, antiCsrfToken };
}
