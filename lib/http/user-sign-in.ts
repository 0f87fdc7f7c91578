import type { SuperTokensPlugin, UserContext } from 'supertokens-node/types';

type VerifyCredentials = Parameters<
  NonNullable<NonNullable<NonNullable<SuperTokensPlugin['overrideMap']>['emailpassword']>['functions']>
>[0]['verifyCredentials'];
type Verified = ReturnType<VerifyCredentials>;

/**
 * Checks the password before anything else, so that a wrong password and an unknown e-mail take the same time. By
 * itself the SDK answers for an unknown e-mail without hashing, and the time would reveal which e-mails have an
 * account. The password is hashed once in a request.
 */
export function equalSignIn(): SuperTokensPlugin {
  const checked = new WeakMap<UserContext, { readonly email: string; readonly password: string; result: Verified }>();
  return {
    id: 'equal-sign-in',
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
        apis: (original) => ({
          ...original,
          async signInPOST(input) {
            const { formFields, tenantId, options, userContext } = input;
            const fieldOf = (id: string) => String(formFields.find((field) => field.id === id)?.value);
            const credentials = { email: fieldOf('email'), password: fieldOf('password'), tenantId, userContext };
            const { status } = await options.recipeImplementation.verifyCredentials(credentials);
            if (status !== 'OK') return { status };
            if (original.signInPOST === undefined) throw new Error('The recipe EmailPassword has no sign-in');
            return original.signInPOST(input);
          },
        }),
      },
    },
  };
}
