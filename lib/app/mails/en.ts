import type { MailTexts } from '../../index.ts';

export const english: MailTexts = {
  passwordReset: (appName) => ({
    subject: `Reset your password for ${appName}`,
    before: [`You asked to reset your password for ${appName}. To choose a new password, follow this link:`],
    action: 'Reset password',
    after: [
      'The link works once, for one hour. If you did not ask for it, ignore this mail. Your password stays as it is.',
    ],
  }),
  emailVerification: (appName) => ({
    subject: `Confirm your e-mail address for ${appName}`,
    before: [`To confirm that this address is yours, follow this link:`],
    action: 'Confirm address',
    after: [`The link works once, for one day. If you have no account at ${appName}, ignore this mail.`],
  }),
};
