import { isJsonObject } from '../core/types.ts';
import { FieldError, HttpError, ServiceError } from './errors.ts';
import { type Fields, fieldsOf, isText } from './fields.ts';
import { CONSUME_CODE, SEND_CODE, SEND_CODE_AGAIN, THIRD_PARTY_SIGN_IN } from './sdk-routes.ts';

type Shape = 'text' | 'object';

const CODE = { preAuthSessionId: 'text', deviceId: 'text', userInputCode: 'text', linkCode: 'text' } as const;

/** The fields of which the SDK takes the type for granted: it fails with 500 at any other. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  [SEND_CODE]: { email: 'text', phoneNumber: 'text' },
  [SEND_CODE_AGAIN]: CODE,
  [CONSUME_CODE]: CODE,
};

/** @throws FieldError if a field of the body of one of SuperTokens' routes has another type than the SDK expects */
export function checkTypes(path: string, body: Fields): void {
  for (const [name, shape] of Object.entries(SHAPES[path] ?? {})) checkType(name, body[name], shape);
  if (path === THIRD_PARTY_SIGN_IN) checkThirdParty(body);
}

/** The SDK reads the second only if the first is absent. */
function checkThirdParty({ redirectURIInfo, oAuthTokens }: Fields): void {
  if (redirectURIInfo === undefined) {
    checkType('oAuthTokens', oAuthTokens, 'object');
    return;
  }
  checkType('redirectURIInfo', redirectURIInfo, 'object');
  const { redirectURIQueryParams: parameters = null } = fieldsOf(redirectURIInfo);
  checkType('redirectURIInfo.redirectURIQueryParams', parameters, 'object');
}

function checkType(name: string, value: unknown, shape: Shape): void {
  if (value === undefined || (shape === 'text' ? isText(value) : isJsonObject(value))) return;
  throw new FieldError(name, `${name} must be ${shape === 'text' ? 'a text' : 'an object'}`);
}

/** How the core, or the SDK's list of providers, words that a client's input is wrong. The SDK makes a 500 of it. */
const REFUSALS = [
  /^SuperTokens core threw an error for a .* with status code: 400 and message: (Field name |Input encoding error |preAuthSessionId and deviceId )/s,
  /^(Could not find client config for clientType|please provide exactly one client config)/,
];

/** Lets SuperTokens' SDK answer a request. @throws HttpError 400 if the core refuses what the client has sent */
export async function withRefusals<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    const text = error instanceof Error && !(error instanceof HttpError) ? error.message : '';
    if (!REFUSALS.some((refusal) => refusal.test(text))) throw error;
    throw new ServiceError('invalid_request', 'A value in the request is not valid, or does not fit the others');
  }
}
