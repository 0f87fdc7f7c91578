import { DISCOVERY_PATH, JWKS_PATH } from './public-documents.ts';

type SdkRoute = readonly [method: string, path: string];

/** SuperTokens' routes of the auth function, below the API base path. */
export const SESSION_ROUTES: readonly SdkRoute[] = [
  ['POST', '/session/refresh'],
  ['POST', '/signout'],
  ['GET', JWKS_PATH],
  ['GET', DISCOVERY_PATH],
];

export const SIGN_UP = '/signup';
export const SIGN_IN = '/signin';
// Older frontend SDKs ask by the names without a recipe.
export const EMAIL_EXISTS = '/signup/email/exists';
export const EMAILPASSWORD_EMAIL_EXISTS = '/emailpassword/email/exists';
export const PASSWORDLESS_EMAIL_EXISTS = '/passwordless/email/exists';
export const PHONE_NUMBER_EXISTS = '/signup/phonenumber/exists';
export const PASSWORDLESS_PHONE_NUMBER_EXISTS = '/passwordless/phonenumber/exists';
/** Signs a user in, or up, whom a provider such as Google knows. */
export const THIRD_PARTY_SIGN_IN = '/signinup';
/** Where Apple sends browsers back: a form, and no JSON. */
export const APPLE_CALLBACK = '/callback/apple';
export const SEND_CODE = '/signinup/code';
export const SEND_CODE_AGAIN = '/signinup/code/resend';
export const CONSUME_CODE = '/signinup/code/consume';
export const SEND_RESET_MAIL = '/user/password/reset/token';
export const SEND_VERIFICATION_MAIL = '/user/email/verify/token';

/** SuperTokens' routes of the user function, below the API base path. */
export const USER_ROUTES: readonly SdkRoute[] = [
  ['POST', SIGN_UP],
  ['POST', SIGN_IN],
  ['GET', EMAIL_EXISTS],
  ['GET', EMAILPASSWORD_EMAIL_EXISTS],
  ['POST', SEND_RESET_MAIL],
  ['POST', '/user/password/reset'],
  ['POST', SEND_VERIFICATION_MAIL],
  ['POST', '/user/email/verify'],
  ['GET', '/user/email/verify'],
  ['GET', '/authorisationurl'],
  ['POST', THIRD_PARTY_SIGN_IN],
  ['POST', APPLE_CALLBACK],
  ['POST', SEND_CODE],
  ['POST', SEND_CODE_AGAIN],
  ['POST', CONSUME_CODE],
  ['GET', PASSWORDLESS_EMAIL_EXISTS],
  ['GET', PHONE_NUMBER_EXISTS],
  ['GET', PASSWORDLESS_PHONE_NUMBER_EXISTS],
  ['GET', '/loginmethods'],
];

/** The routes as serverless.yml writes them. */
export const routeKeys = (routes: readonly SdkRoute[], apiBasePath: string): string[] =>
  routes.map(([method, path]) => `${method} ${apiBasePath}${path}`);
