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
/** The second is the name of newer frontend SDKs. */
export const EMAIL_EXISTS = ['/signup/email/exists', '/emailpassword/email/exists'] as const;
export const PHONE_NUMBER_EXISTS = ['/signup/phonenumber/exists', '/passwordless/phonenumber/exists'] as const;
export const PASSWORDLESS_EMAIL_EXISTS = '/passwordless/email/exists';
/** Signs a user in, or up, whom a provider such as Google knows. */
export const THIRD_PARTY_SIGN_IN = '/signinup';
/** Where Apple sends browsers back: a form, and no JSON. */
export const APPLE_CALLBACK = '/callback/apple';
export const SEND_CODE = ['/signinup/code', '/signinup/code/resend'] as const;
export const CONSUME_CODE = '/signinup/code/consume';
export const SEND_RESET_MAIL = '/user/password/reset/token';
export const SEND_VERIFICATION_MAIL = '/user/email/verify/token';

/** SuperTokens' routes of the user function, below the API base path. */
export const USER_ROUTES: readonly SdkRoute[] = [
  ['POST', SIGN_UP],
  ['POST', SIGN_IN],
  ['GET', EMAIL_EXISTS[0]],
  ['GET', EMAIL_EXISTS[1]],
  ['POST', SEND_RESET_MAIL],
  ['POST', '/user/password/reset'],
  ['POST', SEND_VERIFICATION_MAIL],
  ['POST', '/user/email/verify'],
  ['GET', '/user/email/verify'],
  ['GET', '/authorisationurl'],
  ['POST', THIRD_PARTY_SIGN_IN],
  ['POST', APPLE_CALLBACK],
  ['POST', SEND_CODE[0]],
  ['POST', SEND_CODE[1]],
  ['POST', CONSUME_CODE],
  ['GET', PASSWORDLESS_EMAIL_EXISTS],
  ['GET', PHONE_NUMBER_EXISTS[0]],
  ['GET', PHONE_NUMBER_EXISTS[1]],
  ['GET', '/loginmethods'],
];

/** The routes as serverless.yml writes them. */
export const routeKeys = (routes: readonly SdkRoute[], apiBasePath: string): string[] =>
  routes.map(([method, path]) => `${method} ${apiBasePath}${path}`);
