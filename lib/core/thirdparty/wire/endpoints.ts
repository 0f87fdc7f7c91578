import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { flag, ignored, nested, queryText, required } from '../../http/schema.ts';
import { appSpecific, ownTenant } from '../../http/tenant-rules.ts';
import { type CdiVersion, isAtLeast } from '../../http/versions.ts';
import { canBeSought } from '../../user/rules/sought-text.ts';
import { email } from '../../user/wire/fields.ts';
import type { UserContext } from '../../user-context.ts';
import { answerGetUser, answerSignInUp, answerUsersByEmail } from './answers.ts';
import { queryUser } from './query.ts';

/** An id of a provider, or of a user of a provider. */
const thirdPartyText = required((value) => (typeof value === 'string' && value !== '' ? value : undefined));
const thirdPartyId = required((value) => (typeof value === 'string' && canBeSought(value) ? value : undefined));

/** Versions before 4.0 don't read whether the email is verified. */
const emailFields = (version: CdiVersion) => ({
  id: email,
  isVerified: isAtLeast(version, '4.0') ? flag : ignored,
});

/** The endpoints of the ThirdParty recipe. */
export const THIRD_PARTY: readonly Endpoint<UserContext>[] = [
  withBody(
    'POST',
    '/recipe/signinup',
    (version) => ({
      thirdPartyId,
      thirdPartyUserId: thirdPartyText,
      email: nested(emailFields(version)),
    }),
    [ownTenant],
    answerSignInUp,
  ),
  withQuery('/recipe/users/by-email', (query) => queryText(query, 'email'), ownTenant, answerUsersByEmail),
  {
    ...withQuery(
      '/recipe/user',
      queryUser,
      (received, input) => (input.kind === 'by-id' ? appSpecific : ownTenant)(received, input),
      answerGetUser,
    ),
    recipe: 'thirdparty',
  },
];
