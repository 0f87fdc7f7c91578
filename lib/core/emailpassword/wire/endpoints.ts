import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { any, optional, text, userId } from '../../http/schema.ts';
import { appSpecific, ownTenant } from '../../http/tenant-rules.ts';
import { email, loginMethodId } from '../../user/wire/fields.ts';
import type { UserContext } from '../../user-context.ts';
import {
  answerConsumeResetToken,
  answerCreateResetToken,
  answerGetUser,
  answerImportHash,
  answerResetPassword,
  answerSignIn,
  answerSignUp,
  answerUpdateUser,
  checkUserQuery,
} from './answers.ts';

/** The endpoints of the EmailPassword recipe. */
export const EMAIL_PASSWORD: readonly Endpoint<UserContext>[] = [
  withBody('POST', '/recipe/signup', () => ({ email, password: text }), [ownTenant], answerSignUp),
  withBody('POST', '/recipe/signin', () => ({ email: text, password: text }), [ownTenant], answerSignIn),
  withQuery(
    '/recipe/user',
    (query) => ({ userId: query.get('userId'), email: query.get('email') }),
    (received, input) => {
      checkUserQuery(input);
      (input.userId === null ? ownTenant : appSpecific)(received, input);
    },
    answerGetUser,
  ),
  withBody(
    'PUT',
    '/recipe/user',
    (version) => ({ ...loginMethodId(version), email: optional(email), password: optional(text) }),
    [appSpecific],
    answerUpdateUser,
  ),
  withBody(
    'POST',
    '/recipe/user/password/reset/token',
    () => ({ userId, email: optional(any) }),
    [ownTenant],
    answerCreateResetToken,
  ),
  withBody(
    'POST',
    '/recipe/user/password/reset/token/consume',
    () => ({ token: text }),
    [ownTenant],
    answerConsumeResetToken,
  ),
  withBody(
    'POST',
    '/recipe/user/password/reset',
    () => ({ method: text, token: text, newPassword: text }),
    [ownTenant],
    answerResetPassword,
  ),
  withBody(
    'POST',
    '/recipe/user/passwordhash/import',
    () => ({ email, passwordHash: text, hashingAlgorithm: optional(text) }),
    [ownTenant],
    answerImportHash,
  ),
];
