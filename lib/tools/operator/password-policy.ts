import SuperTokens from 'supertokens-node';
// It has no other export. A test fails if it has moved.
import { defaultPasswordValidator } from 'supertokens-node/lib/build/recipe/emailpassword/utils';
import type { SuperTokensPlugin, UserContext } from 'supertokens-node/types';
import { recipeList } from '../../app/recipes.ts';

type Validate = (password: unknown, tenantId: string, userContext: UserContext) => Promise<string | undefined>;

/**
 * Checks a password as the sign-up of `lib/app/recipes.ts` does. If the recipe EmailPassword is not in its list, SuperTokens' default
 * rules apply.
 * @returns what is wrong with the password. `undefined` if nothing is
 */
export const faultOfPassword = (password: string): Promise<string | undefined> =>
  validatorOfSignUp()(password, 'public', {} as UserContext);

let validate: Validate | undefined;

function validatorOfSignUp(): Validate {
  validate ??= readValidator();
  return validate;
}

/** The SDK calls plugins with the configuration of each recipe. It calls no core. */
function readValidator(): Validate {
  let ofSignUp: Validate = defaultPasswordValidator;
  const reader: SuperTokensPlugin = {
    id: 'password-policy',
    overrideMap: {
      emailpassword: {
        config(own) {
          const field = own?.signUpFeature?.formFields?.find(({ id }) => id === 'password');
          ofSignUp = field?.validate ?? ofSignUp;
          return { ...own };
        },
      },
    },
  };
  const domain = 'http://localhost';
  SuperTokens.init({
    appInfo: { appName: 'npm run users', apiDomain: domain, websiteDomain: domain },
    supertokens: { connectionURI: domain },
    recipeList,
    experimental: { plugins: [reader] },
    telemetry: false,
  });
  return ofSignUp;
}
