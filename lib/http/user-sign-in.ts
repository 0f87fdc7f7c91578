import type { SessionContainer } from 'supertokens-node/recipe/session';
import type { SuperTokensPlugin, UserContext } from 'supertokens-node/types';
import type { UserId } from '../core/types.ts';
import { type FormField, formValue } from './form-fields.ts';
import { overrideApis } from './recipe-apis.ts';

type VerifyCredentials = Parameters<
  NonNullable<NonNullable<NonNullable<SuperTokensPlugin['overrideMap']>['emailpassword']>['functions']>
>[0]['verifyCredentials'];
type Verified = ReturnType<VerifyCredentials>;

/** Names the password of an e-mail or of its user, so that a change shows. */
export interface PasswordMarks {
  ofEmail(email: string): Promise<string | undefined>;
  /** @param email that of the sign-in. The user may have another one by now */
  ofUser(id: UserId, email: string): Promise<string | undefined>;
}

/** The service has them once it has started. */
export type GetPasswordMarks = () => PasswordMarks;

/**
 * Checks the password before anything else, so that a wrong password and an unknown e-mail take the same time. By
 * itself the SDK answers for an unknown e-mail without hashing, and the time would reveal which e-mails have an
 * account. The password is hashed once in a request.
 *
 * If the password has changed until the session was stored, it is checked again. A password reset ends the sessions that it
 * finds, and would miss this one.
 */
export function passwordSignIn(marks: GetPasswordMarks): SuperTokensPlugin {
  const checked = new WeakMap<UserContext, { readonly email: string; readonly password: string; result: Verified }>();
  return {
    id: 'password-sign-in',
    overrideMap: {
      emailpassword: {
        functions: (original) => ({
          ...original,
          verifyCredentials(input) {
            const { email, password, userContext } = input;
            const known = checked.get(userContext);
            if (known?.email === email && known.password === password) return known.result;
            const result = original.verifyCredentials(input);
            checked.set(userContext, { email, password, result });
            return result;
          },
        }),
        apis: overrideApis((original) => ({
          async signInPOST(input) {
            const { tenantId, options, userContext } = input;
            const credentials = { ...credentialsIn(input.formFields), tenantId, userContext };
            const verify = () => options.recipeImplementation.verifyCredentials(credentials);
            // Read no later than the password is checked.
            const before = await marks().ofEmail(credentials.email);
            const { status } = await verify();
            if (status !== 'OK') return { status };
            const response = await original.signInPOST(input);
            if (response.status !== 'OK') return response;
            const after = await marks().ofUser(recipeUserIdOf(response.session), credentials.email);
            if (after === before) return response;
            checked.delete(userContext);
            if ((await verify()).status === 'OK') return response;
            await response.session.revokeSession(userContext);
            return { status: 'WRONG_CREDENTIALS_ERROR' };
          },
        })),
      },
    },
  };
}

const recipeUserIdOf = (session: SessionContainer): UserId => session.getRecipeUserId().getAsString() as UserId;

const credentialsIn = (fields: readonly FormField[]) => ({
  email: formValue(fields, 'email'),
  password: formValue(fields, 'password'),
});
