import { readTableName } from '../config/tables.ts';
import type { JsonObject } from '../core/types.ts';
import { createOidcLogin, type OidcLogIn, type OidcLogInResult, type OidcLogin } from '../login/oidc-login.ts';
import { log } from '../observability/log.ts';
import { count } from '../observability/metrics.ts';
import { service } from '../supertokens/service.ts';
import { systemRandom } from '../supertokens/system-random.ts';
import { FieldError, ServiceError, ServiceUnavailable } from './errors.ts';
import { json, readJson } from './json.ts';
import type { RouteHandler } from './pipeline.ts';
import { startSession } from './start-session.ts';

const USERS_TABLE = readTableName('USERS_TABLE');

let started: OidcLogin | undefined;

/** @throws HttpError 404 if no provider is configured */
function oidcLogin(): OidcLogin {
  const { db, config } = service();
  if (config.oidc.issuers.length === 0) {
    throw new ServiceError('not_found', 'No OpenID Connect provider is configured: OIDC_PROVIDERS is empty');
  }
  const parts = { db, table: USERS_TABLE, clock: Date.now, random: systemRandom, fetch };
  started ??= createOidcLogin({ ...config.oidc, ...parts });
  return started;
}

/**
 * What your code does with a log-in before its session is created. An error that it throws refuses the log-in.
 * @returns the claims of the session, which its access tokens carry
 */
export type OnOidcLogIn = (logIn: OidcLogIn) => Promise<JsonObject>;

/** Logs in a user by an ID token of a configured provider: 200. It throws HttpError 400, 401, 404, 503. */
export const answerOidcLogIn =
  (onLogIn: OnOidcLogIn): RouteHandler =>
  async (request) => {
    const logIn = logInFrom(await oidcLogin().logIn(readJson(request)));
    const claims = await onLogIn(logIn);
    await startSession(request, logIn.userId, claims);
    return json(200, { userId: logIn.userId });
  };

function logInFrom(result: OidcLogInResult): OidcLogIn {
  switch (result.status) {
    case 'OK': {
      const { userId, issuer, claims } = result;
      return { userId, issuer, claims };
    }
    case 'FIELD_ERROR':
      throw new FieldError(result.field, result.message);
    case 'ID_TOKEN_REFUSED':
      log('warn', 'IdTokenRefused', { reason: result.reason, detail: result.detail });
      count('LoginFailures');
      throw new ServiceError('id_token_rejected', `ID token rejected: ${result.reason}`);
    case 'PROVIDER_UNAVAILABLE':
      log('error', 'OidcProviderUnavailable', { error: result.error });
      throw new ServiceUnavailable();
  }
}
