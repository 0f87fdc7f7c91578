import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { ignored, optional, text, textOrNull } from '../../http/schema.ts';
import { appSpecific, ownTenant } from '../../http/tenant-rules.ts';
import { isAtLeast } from '../../http/versions.ts';
import { loginMethodId } from '../../user/wire/fields.ts';
import type { UserContext } from '../../user-context.ts';
import {
  answerCheckCode,
  answerConsumeCode,
  answerCreateCode,
  answerListCodes,
  answerRemoveCode,
  answerRemoveCodes,
} from './answers.ts';
import { queryDevices } from './devices.ts';
import { CODE_FIELDS, CONTACT_FIELDS, emailOrNull } from './fields.ts';
import { answerGetUser, answerUpdateUser, queryUser } from './users.ts';

/** The endpoints of the Passwordless recipe. */
export const PASSWORDLESS: readonly Endpoint<UserContext>[] = [
  withBody(
    'POST',
    '/recipe/signinup/code',
    () => ({ ...CONTACT_FIELDS, deviceId: optional(text), userInputCode: optional(text) }),
    [ownTenant],
    answerCreateCode,
  ),
  withBody('POST', '/recipe/signinup/code/consume', () => CODE_FIELDS, [ownTenant], answerConsumeCode),
  withBody('POST', '/recipe/signinup/code/check', () => CODE_FIELDS, [ownTenant], answerCheckCode),
  withQuery('/recipe/signinup/codes', queryDevices, ownTenant, answerListCodes),
  withBody(
    'POST',
    '/recipe/signinup/code/remove',
    (version) =>
      isAtLeast(version, '5.0')
        ? { codeId: optional(text), preAuthSessionId: optional(text) }
        : { codeId: text, preAuthSessionId: ignored },
    [ownTenant],
    answerRemoveCode,
  ),
  withBody('POST', '/recipe/signinup/codes/remove', () => CONTACT_FIELDS, [ownTenant], answerRemoveCodes),
  {
    ...withQuery(
      '/recipe/user',
      queryUser,
      (received, input) => ('userId' in input ? appSpecific : ownTenant)(received, input),
      answerGetUser,
    ),
    recipe: 'passwordless',
  },
  {
    ...withBody(
      'PUT',
      '/recipe/user',
      (version) => ({
        ...loginMethodId(version),
        email: optional(emailOrNull),
        phoneNumber: optional(textOrNull),
      }),
      [appSpecific],
      answerUpdateUser,
    ),
    recipe: 'passwordless',
  },
];
