import type { MailTexts } from '../../index.ts';

export const english: MailTexts = {
  passwordReset: ({ appName, validFor }) => ({
    subject: `Reset your password for ${appName}`,
    before: [`You asked to reset your password for ${appName}. To choose a new password, follow this link:`],
    action: 'Reset password',
    after: [validity(validFor), 'If you did not ask for it, ignore this mail. Your password stays as it is.'],
  }),
  emailVerification: ({ appName, validFor }) => ({
    subject: `Confirm your e-mail address for ${appName}`,
    before: [`To confirm that this address is yours, follow this link:`],
    action: 'Confirm address',
    after: [validity(validFor), `If you have no account at ${appName}, ignore this mail.`],
  }),
};

const validity = (validFor: string | undefined): string => `The link works once, for ${validFor ?? 'a limited time'}.`;
