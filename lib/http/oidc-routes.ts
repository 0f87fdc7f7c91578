import { readTableName } from '../config/tables.ts';
import type { UserId } from '../core/types.ts';
import { createOidcLogin, type OidcLogInResult, type OidcLogin } from '../login/oidc-login.ts';
import { log } from '../observability/log.ts';
import { count } from '../observability/metrics.ts';
import { service } from '../supertokens/service.ts';
import { systemRandom } from '../supertokens/system-random.ts';
import { FieldError, HttpError, ServiceUnavailable } from './errors.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';
import { readJson } from './json.ts';
import { startSession } from './start-session.ts';

const USERS_TABLE = readTableName('USERS_TABLE');

let started: OidcLogin | undefined;

/** @throws HttpError 404 if no provider is configured */
function oidcLogin(): OidcLogin {
  const { db, config } = service();
  if (config.oidc.issuers.length === 0) {
    throw new HttpError(404, 'No OpenID Connect provider is configured: OIDC_PROVIDERS is empty');
  }
  const parts = { db, table: USERS_TABLE, clock: Date.now, random: systemRandom, fetch };
  started ??= createOidcLogin({ ...config.oidc, ...parts });
  return started;
}

/** Logs a user in who has an ID token of a configured provider: 200. @throws HttpError 400, 401, 404, 503 */
export async function answerOidcLogIn(request: GatewayRequest): Promise<GatewayResponse> {
  return startSession(request, 200, userIdFrom(await oidcLogin().logIn(readJson(request))));
}

function userIdFrom(result: OidcLogInResult): UserId {
  switch (result.status) {
    case 'OK':
      return result.userId;
    case 'FIELD_ERROR':
      throw new FieldError(result.field, result.message);
    case 'ID_TOKEN_REFUSED':
      log('warn', 'IdTokenRefused', { reason: result.reason, detail: result.detail });
      count('LoginFailures');
      throw new HttpError(401, `ID token refused: ${result.reason}`);
    case 'PROVIDER_UNAVAILABLE':
      log('error', 'OidcProviderUnavailable', { error: result.error });
      throw new ServiceUnavailable();
  }
}
