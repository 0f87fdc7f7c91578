import { readTableName } from '../config/tables.ts';
import type { UserId } from '../core/types.ts';
import { createPasswordLogin } from '../login/password-login.ts';
import { count } from '../observability/metrics.ts';
import { service } from '../supertokens/service.ts';
import { systemRandom } from '../supertokens/system-random.ts';
import { clientAddress } from './client-address.ts';
import { FieldError, HttpError, ServiceError } from './errors.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';
import { json, readJson } from './json.ts';
import { startSession } from './start-session.ts';

type PasswordLogin = ReturnType<typeof createPasswordLogin>;
type Answer = Awaited<ReturnType<PasswordLogin['logIn']>> | Awaited<ReturnType<PasswordLogin['signUp']>>;

const USERS_TABLE = readTableName('USERS_TABLE');

let started: PasswordLogin | undefined;

function passwordLogin(): PasswordLogin {
  const { db } = service();
  started ??= createPasswordLogin({ db, table: USERS_TABLE, clock: Date.now, random: systemRandom });
  return started;
}

/** Signs a user up and logs them in: 201. @throws HttpError 400, 409, 429 */
export async function answerSignUp(request: GatewayRequest): Promise<GatewayResponse> {
  const userId = userIdFrom(await passwordLogin().signUp(readJson(request), sourceOf(request)));
  count('Signups');
  await startSession(request, userId);
  return json(201, { userId });
}

/** Logs a user in: 200. @throws HttpError 400, 401, 429 */
export async function answerLogIn(request: GatewayRequest): Promise<GatewayResponse> {
  const answer = await passwordLogin().logIn(readJson(request), sourceOf(request));
  if (answer.status === 'WRONG_CREDENTIALS' || answer.status === 'TOO_MANY_ATTEMPTS') count('LoginFailures');
  const userId = userIdFrom(answer);
  await startSession(request, userId);
  return json(200, { userId });
}

const sourceOf = (request: GatewayRequest): string => clientAddress(request, service().config.trustedProxy);

function userIdFrom(answer: Answer): UserId {
  switch (answer.status) {
    case 'OK':
      return answer.userId;
    case 'FIELD_ERROR':
      throw new FieldError(answer.field, answer.message);
    case 'EMAIL_TAKEN':
      throw new HttpError(409, 'There is a user with this e-mail already');
    case 'WRONG_CREDENTIALS':
      throw new HttpError(401, 'Wrong e-mail or password');
    case 'TOO_MANY_ATTEMPTS':
      throw new ServiceError('too_many_attempts', 'Too many attempts. Please try again later.', {
        'retry-after': String(answer.retryAfter),
      });
  }
}
