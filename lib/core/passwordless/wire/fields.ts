import { CdiRefusal } from '../../http/refusal.ts';
import { optional, required, text } from '../../http/schema.ts';
import type { PhoneNumber } from '../../types.ts';
import { normalisedEmail } from '../../user/rules/email.ts';
import { normalisedPhoneNumber } from '../../user/rules/phone-number.ts';
import { email } from '../../user/wire/fields.ts';
import type { UserContext } from '../../user-context.ts';
import type { GivenCode } from '../operations/try-code.ts';
import type { CodeContact } from '../rules/device.ts';

const refuse = (message: string): never => {
  throw new CdiRefusal(400, message);
};

/** An email, or `null` to remove it. */
export const emailOrNull = required((value) => (value === null ? null : email.read(value)));

/** The fields that name the contact for which a code is made, or all codes are removed. */
export const CONTACT_FIELDS = { email: optional(email), phoneNumber: optional(text) } as const;

/** @throws CdiRefusal 400 if the phone number is empty, or too long to be stored */
export const phoneNumberIn = async ({ readPhoneNumber }: UserContext, given: string): Promise<PhoneNumber> =>
  (await normalisedPhoneNumber(readPhoneNumber, given)) ?? refuse("Field name 'phoneNumber' is invalid in JSON input");

/** One of several parameters, by its name. */
type OneOf<Name extends string> = { readonly [Each in Name]: { readonly [_ in Each]: string } }[Name];

/** @throws CdiRefusal 400 unless a query has exactly one of several parameters */
export function onlyOneOf<Name extends string>(query: URLSearchParams, names: readonly Name[]): OneOf<Name> {
  const given = names.flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [{ [name]: value } as OneOf<Name>];
  });
  const [first] = given;
  if (first !== undefined && given.length === 1) return first;
  return refuse(`Please provide exactly one of ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`);
}

/** The contact in a query. `undefined` if no code can have been sent there. */
export async function queryContact(
  { readPhoneNumber }: UserContext,
  given: { readonly email: string } | { readonly phoneNumber: string },
): Promise<CodeContact | undefined> {
  if ('email' in given) {
    const normalised = normalisedEmail(given.email);
    return normalised && { kind: 'email', email: normalised };
  }
  const phoneNumber = await normalisedPhoneNumber(readPhoneNumber, given.phoneNumber);
  return phoneNumber && { kind: 'phone-number', phoneNumber };
}

/** The fields of a code that a user gives. */
export interface CodeFields {
  readonly preAuthSessionId: string;
  readonly linkCode: string | undefined;
  readonly deviceId: string | undefined;
  readonly userInputCode: string | undefined;
}

export const CODE_FIELDS = {
  preAuthSessionId: text,
  linkCode: optional(text),
  deviceId: optional(text),
  userInputCode: optional(text),
} as const;

/** @throws CdiRefusal 400 unless it is a link code, or a typed code with a device id, both well encoded */
export function givenCode({ preAuthSessionId: id, linkCode, deviceId, userInputCode }: CodeFields): GivenCode {
  const preAuthSessionId = withoutPadding(id);
  if (linkCode !== undefined && deviceId === undefined && userInputCode === undefined) {
    return { kind: 'link', preAuthSessionId, linkCode: bytesIn('linkCode', linkCode, 'base64url') };
  }
  if (linkCode === undefined && deviceId !== undefined && userInputCode !== undefined) {
    return { kind: 'typed', preAuthSessionId, deviceId: deviceIdIn(deviceId), userInputCode };
  }
  return refuse('Please provide exactly one of linkCode or deviceId+userInputCode');
}

/** @throws CdiRefusal 400 if it is no base64 */
export const deviceIdIn = (given: string): Buffer => bytesIn('deviceId', given, 'base64');

/** What a caller names a device by. Padding is accepted, although the core writes none. */
export const withoutPadding = (preAuthSessionId: string): string => preAuthSessionId.replaceAll('=', '');

const ALPHABETS = { base64: /^[A-Za-z0-9+/]*={0,2}$/, base64url: /^[\w-]*={0,2}$/ } as const;

function bytesIn(field: 'deviceId' | 'linkCode', given: string, encoding: keyof typeof ALPHABETS): Buffer {
  const digits = given.replaceAll('=', '').length;
  const isPadded = digits !== given.length;
  const isComplete = digits % 4 !== 1 && (!isPadded || given.length % 4 === 0);
  if (!ALPHABETS[encoding].test(given) || !isComplete) return refuse(`Input encoding error in ${field}`);
  return Buffer.from(given, encoding);
}
