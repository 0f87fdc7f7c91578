import type { SuperTokensPlugin } from 'supertokens-node/types';
import type { Attempts } from '../login/attempts.ts';
import { storedEmail } from '../login/email.ts';
import { checkOneAddress } from './mail-delivery.ts';
import { overrideApis } from './recipe-apis.ts';
import { tooMany } from './too-many-attempts.ts';

/** Where a code is sent to: one of the two. */
interface Contact {
  readonly email?: string;
  readonly phoneNumber?: string;
}

/**
 * Limits how many sign-in codes are made for an address. They are counted before the core makes them: a code that is made and not
 * sent could still be guessed. A code goes to the e-mail as the core stores it. By itself the SDK sends it to what the client
 * typed, which can be another person's address.
 */
export const codeLimit = (attempts: Pick<Attempts, 'countCode'>): SuperTokensPlugin => {
  const countCode = async ({ email, phoneNumber = '' }: Contact): Promise<void> => {
    const verdict = await attempts.countCode(email ?? phoneNumber);
    if (verdict.status !== 'OK') throw tooMany(verdict);
  };
  return {
    id: 'code-limit',
    overrideMap: {
      passwordless: {
        apis: overrideApis((original) => ({
          async createCodePOST(input) {
            const stored = 'email' in input ? { ...input, email: storedEmail(input.email) } : input;
            if ('email' in stored) checkOneAddress(stored.email);
            await countCode(stored);
            return original.createCodePOST(stored);
          },
          async resendCodePOST(input) {
            const { deviceId, tenantId, userContext, options } = input;
            const device = await options.recipeImplementation.listCodesByDeviceId({ deviceId, tenantId, userContext });
            if (device !== undefined) await countCode(device);
            return original.resendCodePOST(input);
          },
        })),
      },
    },
  };
};
