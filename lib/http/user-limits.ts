import type { Attempts, LogInAttempt, TooManyAttempts } from '../login/attempts.ts';
import { storedEmail } from '../login/email.ts';
import type { MailLimit } from '../login/mail-limit.ts';
import { count } from '../observability/metrics.ts';
import { atEndOfStep } from './answer-steps.ts';
import { HttpError } from './errors.ts';
import { type Fields, fieldsOf, isText } from './fields.ts';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';
import { readJson } from './json.ts';
import {
  APPLE_CALLBACK,
  CONSUME_CODE,
  EMAIL_EXISTS,
  EMAILPASSWORD_EMAIL_EXISTS,
  PASSWORDLESS_EMAIL_EXISTS,
  PASSWORDLESS_PHONE_NUMBER_EXISTS,
  PHONE_NUMBER_EXISTS,
  SEND_CODE,
  SEND_CODE_AGAIN,
  SEND_RESET_MAIL,
  SEND_VERIFICATION_MAIL,
  SIGN_IN,
  SIGN_UP,
  THIRD_PARTY_SIGN_IN,
} from './sdk-routes.ts';
import { whileSessionBegins } from './session-begins.ts';
import { inTurn, tooMany } from './too-many-attempts.ts';
import { checkTypes } from './user-input.ts';

export interface UserLimitOptions {
  readonly attempts: Attempts;
  readonly mailLimit: MailLimit;
  readonly apiBasePath: string;
  /** Makes the reads of a sign-in while its attempt is counted. Never rejects. */
  readonly readSignInAhead: (email: string) => Promise<void>;
  /** Reads the device of a code while the attempt to use it is counted. Never rejects. */
  readonly readDeviceAhead: (preAuthSessionId: string) => Promise<void>;
  /** The address that a request counts for. */
  readonly sourceOf: (request: GatewayRequest) => string;
}

/** Answers a request by SuperTokens' SDK. */
type AnswerBySdk = () => Promise<GatewayResponse>;

/** A request of a route with limits. */
interface Asked {
  readonly body: Fields;
  /** The address that the request counts for. */
  readonly source: string;
  readonly answer: AnswerBySdk;
}

/**
 * Counts attempts before SuperTokens' SDK hashes a password, makes a token or says whether an e-mail is taken. SuperTokens has
 * no such limits.
 * @returns answers a request within its limits. It throws HttpError 429 with `Retry-After` beyond them
 */
export function limitUserRoutes(limits: UserLimitOptions) {
  return async (request: GatewayRequest, answer: AnswerBySdk): Promise<GatewayResponse> => {
    const path = request.path.slice(limits.apiBasePath.length).replace(/\/+$/, '');
    // A body is refused as everywhere in this service, before anything is counted.
    const body = request.httpMethod === 'POST' && !WITHOUT_JSON.includes(path) ? readJson(request) : {};
    checkTypes(path, body);
    const asked = { body, source: limits.sourceOf(request), answer };
    if (path === SIGN_IN) return signIn(limits, asked);
    if (path === SEND_RESET_MAIL) return sendResetMail(limits, asked);
    if (path === THIRD_PARTY_SIGN_IN) return signInByCode(limits, asked);
    if (path === CONSUME_CODE) return signInBySentCode(limits, asked);
    if (!COUNTED_BY_SOURCE.includes(path)) return answer();
    await countSource(limits, asked);
    const response = await answer();
    if (path === SIGN_UP && bodyOf(response).status === 'OK') count('Signups');
    return response;
  };
}

async function signIn({ attempts, readSignInAhead }: UserLimitOptions, { body, source, answer }: Asked) {
  const email = emailIn(body);
  // The SDK refuses a form without an e-mail before it hashes anything.
  if (email === undefined) return answer();
  const reading = readSignInAhead(email);
  try {
    const attempt = endedOnce(within(await attempts.beginLogIn(email, source)));
    const response = await whileSessionBegins(attempt.succeeded, answer);
    const isRight = bodyOf(response).status === 'OK';
    if (!isRight) count('LoginFailures');
    await (isRight ? attempt.succeeded() : attempt.failed());
    return response;
  } finally {
    // Lambda stops a function that has answered.
    await reading;
  }
}

/**
 * An e-mail without an account gets no mail, which would show in the time of the answer. In one step, a mail server accepts nearly
 * every mail, ms.
 */
export const RESET_MAIL_STEP = 1000;

async function sendResetMail(limits: UserLimitOptions, asked: Asked): Promise<GatewayResponse> {
  const email = emailIn(asked.body);
  if (email === undefined) return asked.answer();
  await countSource(limits, asked);
  return inTurn(limits.mailLimit, 'password-reset', email, () => atEndOfStep(RESET_MAIL_STEP, asked.answer));
}

async function signInBySentCode(limits: UserLimitOptions, asked: Asked): Promise<GatewayResponse> {
  const { preAuthSessionId } = asked.body;
  const reading = isText(preAuthSessionId) ? limits.readDeviceAhead(preAuthSessionId) : undefined;
  try {
    return await signInByCode(limits, asked);
  } finally {
    // Lambda stops a function that has answered.
    await reading;
  }
}

/** Signs in by a code, of a provider or of ours. Only failures count, except those of the service. */
async function signInByCode({ attempts }: UserLimitOptions, { source, answer }: Asked): Promise<GatewayResponse> {
  const attempt = endedOnce(within(await attempts.beginSignIn(source)));
  try {
    const response = await whileSessionBegins(attempt.succeeded, answer);
    const { status, createdNewRecipeUser } = bodyOf(response);
    if (status === 'OK' && createdNewRecipeUser === true) count('Signups');
    await (status === 'OK' ? attempt.succeeded() : attempt.failed());
    return response;
  } catch (error) {
    await (error instanceof HttpError && error.statusCode < 500 ? attempt.failed() : attempt.succeeded());
    throw error;
  }
}

/** @throws HttpError 429 if the request's address is over its limit */
async function countSource({ attempts }: UserLimitOptions, { source }: Asked): Promise<void> {
  const verdict = await attempts.countSignUp(source);
  if (verdict.status !== 'OK') throw tooMany(verdict);
}

/** @throws HttpError 429 if the attempt is over a limit */
function within(attempt: LogInAttempt | TooManyAttempts): LogInAttempt {
  if (attempt.status === 'OK') return attempt;
  count('LoginFailures');
  throw tooMany(attempt);
}

/** An attempt that has succeeded while its session was created is not ended again with the response. */
function endedOnce(attempt: LogInAttempt): LogInAttempt {
  let ended: Promise<void> | undefined;
  const once = (end: () => Promise<void>) => () => {
    ended ??= end();
    return ended;
  };
  return { status: 'OK', succeeded: once(attempt.succeeded), failed: once(attempt.failed) };
}

/** One route needs no body. Apple sends a form. */
const WITHOUT_JSON: readonly string[] = [SEND_VERIFICATION_MAIL, APPLE_CALLBACK];

/** Routes that sign up, send something to an address, or say whether it is taken. */
const COUNTED_BY_SOURCE: readonly string[] = [
  SIGN_UP,
  SEND_VERIFICATION_MAIL,
  SEND_CODE,
  SEND_CODE_AGAIN,
  EMAIL_EXISTS,
  EMAILPASSWORD_EMAIL_EXISTS,
  PASSWORDLESS_EMAIL_EXISTS,
  PHONE_NUMBER_EXISTS,
  PASSWORDLESS_PHONE_NUMBER_EXISTS,
];

/** The form's e-mail. The SDK takes the first one of a form, too. */
function emailIn({ formFields }: Fields): string | undefined {
  if (!Array.isArray(formFields)) return undefined;
  const { value } = fieldsOf(formFields.find((field) => fieldsOf(field).id === 'email'));
  return isText(value) ? storedEmail(value) : undefined;
}

/** The `status` in the body of the SDK's 200, such as `WRONG_CREDENTIALS_ERROR`. */
const bodyOf = ({ body = '' }: GatewayResponse) =>
  JSON.parse(body) as { readonly status?: unknown; readonly createdNewRecipeUser?: unknown };
