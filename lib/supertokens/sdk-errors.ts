import { type HttpError, ServiceError, ServiceUnavailable } from '../http/errors.ts';

// The SDK says these two by an error's text alone. Its version is exact in package.json, and a test provokes both.

/** A core over HTTP has answered 429, and the SDK has retried several times. */
const CORE_IS_BUSY = /^SuperTokens core threw an error for a .* with status code: 429 and message/s;

/** At a refresh, the SDK cannot decide which cookie is ours: another host of the domain may have set the other. */
const SEVERAL_COOKIES = /^The request contains multiple session cookies/;

/** The response for an error of the SDK whose status only its text shows. `undefined` for every other error. */
export function httpErrorOfSdk(error: unknown): HttpError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (CORE_IS_BUSY.test(error.message)) return new ServiceUnavailable(error);
  if (SEVERAL_COOKIES.test(error.message)) {
    return new ServiceError('duplicate_session_cookies', 'The request has several session cookies of the same name');
  }
  return undefined;
}
