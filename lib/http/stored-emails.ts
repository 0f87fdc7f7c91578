import type { SuperTokensPlugin } from 'supertokens-node/types';
import { storedEmail } from '../login/email.ts';

/**
 * Gives the SDK an e-mail in the form in which the core stores it. By itself the SDK mails to what the client typed, which can be
 * another person's address. And it does not recognise the addresses that it makes up for users of providers, which the core takes
 * for verified, if they are typed in capitals.
 */
export const storedEmails: SuperTokensPlugin = {
  id: 'stored-emails',
  overrideMap: {
    emailpassword: {
      apis: (original) => ({
        ...original,
        signUpPOST:
          original.signUpPOST &&
          (async (input) => {
            if (original.signUpPOST === undefined) throw new Error('The recipe EmailPassword has no sign-up');
            return original.signUpPOST({ ...input, formFields: withStoredEmail(input.formFields) });
          }),
        generatePasswordResetTokenPOST:
          original.generatePasswordResetTokenPOST &&
          (async (input) => {
            if (original.generatePasswordResetTokenPOST === undefined)
              throw new Error('The recipe EmailPassword has no password reset');
            return original.generatePasswordResetTokenPOST({ ...input, formFields: withStoredEmail(input.formFields) });
          }),
      }),
    },
    passwordless: {
      apis: (original) => ({
        ...original,
        ...(original.createCodePOST && {
          async createCodePOST(input) {
            if (original.createCodePOST === undefined) throw new Error('The recipe Passwordless has no codes');
            return original.createCodePOST('email' in input ? { ...input, email: storedEmail(input.email) } : input);
          },
        }),
      }),
    },
  },
};

interface FormField {
  readonly id: string;
  readonly value: unknown;
}

const withStoredEmail = (fields: readonly FormField[]): FormField[] =>
  fields.map((field) =>
    field.id === 'email' && typeof field.value === 'string' ? { ...field, value: storedEmail(field.value) } : field,
  );
