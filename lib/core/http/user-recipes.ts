import { ACCOUNT_LINKING } from '../accountlinking/wire/endpoints.ts';
import { EMAIL_PASSWORD } from '../emailpassword/wire/endpoints.ts';
import { EMAIL_VERIFICATION } from '../emailverification/wire/endpoints.ts';
import { JWT } from '../jwt/wire/endpoints.ts';
import { PASSWORDLESS } from '../passwordless/wire/endpoints.ts';
import { SESSION } from '../session/wire/endpoints.ts';
import { THIRD_PARTY } from '../thirdparty/wire/endpoints.ts';
import { USER } from '../user/wire/endpoints.ts';
import type { UserContext } from '../user-context.ts';
import { USER_ID_MAPPING } from '../useridmapping/wire/endpoints.ts';
import { USER_METADATA } from '../usermetadata/wire/endpoints.ts';
import { USER_ROLES } from '../userroles/wire/endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { GENERAL } from './general.ts';

/** Every endpoint of a core that keeps users too. A file of its own, so that bundles without users stay small. */
export const USER_RECIPES: readonly Endpoint<UserContext>[] = [
  ...GENERAL,
  ...SESSION,
  ...JWT,
  ...USER,
  ...EMAIL_PASSWORD,
  ...THIRD_PARTY,
  ...PASSWORDLESS,
  ...EMAIL_VERIFICATION,
  ...USER_ID_MAPPING,
  ...USER_METADATA,
  ...USER_ROLES,
  ...ACCOUNT_LINKING,
];
