import type { SessionContainer } from 'supertokens-node/recipe/session';
import type { SuperTokensPlugin } from 'supertokens-node/types';
import { isMadeUpEmail, madeUpEmailOf, storedEmail } from '../login/email.ts';
import { type FormField, formValue } from './form-fields.ts';
import { checkOneAddress } from './mail-delivery.ts';
import { overrideApis } from './recipe-apis.ts';

/**
 * Gives the SDK an e-mail in the form in which the core stores it. By itself the SDK mails to what the client typed, which can be
 * another person's address. And it does not recognise the addresses that it makes up, if they are typed in capitals.
 *
 * Refuses sign-ups with such an address. The core takes them for verified, so account linking would join the user of a provider for
 * whom it is made up. The SDK lets a client who is logged in sign up with every one.
 *
 * Refuses e-mails that mail programs may take for other addresses. Otherwise an attacker could verify an e-mail of your company, by a mail
 * that goes to the attacker. The plugin of code-limit.ts does both for sign-in codes.
 */
export const storedEmails: SuperTokensPlugin = {
  id: 'stored-emails',
  overrideMap: {
    emailpassword: {
      apis: overrideApis((original) => ({
        async signUpPOST(input) {
          const formFields = withStoredEmail(input.formFields);
          checkOneAddress(formValue(formFields, 'email'));
          if (isOfAnother(formFields, input.session)) return { status: 'EMAIL_ALREADY_EXISTS_ERROR' };
          return original.signUpPOST({ ...input, formFields });
        },
        signInPOST: (input) => original.signInPOST({ ...input, formFields: withStoredEmail(input.formFields) }),
        async generatePasswordResetTokenPOST(input) {
          const formFields = withStoredEmail(input.formFields);
          checkOneAddress(formValue(formFields, 'email'));
          return original.generatePasswordResetTokenPOST({ ...input, formFields });
        },
      })),
    },
  },
};

const withStoredEmail = (fields: readonly FormField[]): FormField[] =>
  fields.map((field) =>
    field.id === 'email' && typeof field.value === 'string' ? { ...field, value: storedEmail(field.value) } : field,
  );

/** Whether an e-mail is made up, and not for the login method of the session, to which SDKs add a password so. */
function isOfAnother(fields: readonly FormField[], session: SessionContainer | undefined): boolean {
  const email = formValue(fields, 'email');
  return (
    isMadeUpEmail(email) &&
    (session === undefined || email !== storedEmail(madeUpEmailOf(session.getRecipeUserId().getAsString())))
  );
}
