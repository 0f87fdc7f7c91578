import type { OnOidcLogIn } from '../index.ts';

/**
 * Called for each log-in with an ID token (`POST /login/oidc`), before the session is created. Keep a record of the user
 * here, or turn the provider's groups into roles. What it returns becomes claims of the session. Throw an `HttpError` to
 * refuse the log-in: docs/own-login.md has an example.
 */
export const onOidcLogIn: OnOidcLogIn = async () => ({});
