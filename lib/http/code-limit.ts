import type { SuperTokensPlugin } from 'supertokens-node/types';
import type { Attempts } from '../login/attempts.ts';
import { storedEmail } from '../login/email.ts';
import { tooMany } from './too-many-attempts.ts';

/** Where a code is sent to. */
type Contact = { readonly email: string } | { readonly phoneNumber: string };

/**
 * Limits how many sign-in codes are made for an address. They are counted before the core makes them: a code that is made and not
 * sent could still be guessed.
 */
export const codeLimit = (attempts: Pick<Attempts, 'countCode'>): SuperTokensPlugin => {
  const countCode = async (contact: Contact): Promise<void> => {
    const verdict = await attempts.countCode('email' in contact ? storedEmail(contact.email) : contact.phoneNumber);
    if (verdict.status !== 'OK') throw tooMany(verdict);
  };
  return {
    id: 'code-limit',
    overrideMap: {
      passwordless: {
        apis: (original) => ({
          ...original,
          ...(original.createCodePOST && {
            async createCodePOST(input) {
              if (original.createCodePOST === undefined) throw new Error('The recipe Passwordless has no codes');
              await countCode(input);
              return original.createCodePOST(input);
            },
          }),
          ...(original.resendCodePOST && {
            async resendCodePOST(input) {
              if (original.resendCodePOST === undefined) throw new Error('The recipe Passwordless has no codes');
              const { deviceId, tenantId, userContext, options } = input;
              const device = await options.recipeImplementation.listCodesByDeviceId({
                deviceId,
                tenantId,
                userContext,
              });
              if (device !== undefined) await countCode(contactOf(device));
              return original.resendCodePOST(input);
            },
          }),
        }),
      },
    },
  };
};

/** A device has one of the two. */
const contactOf = ({ email, phoneNumber = '' }: { readonly email?: string; readonly phoneNumber?: string }): Contact =>
  email === undefined ? { phoneNumber } : { email };
