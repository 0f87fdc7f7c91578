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
  signIn: ({ appName, validFor, code, link }) => ({
    subject: `Sign in to ${appName}`,
    before: [`To sign in to ${appName}, ${waysIn(code, link)}:`],
    action: 'Sign in',
    after: [`It works once, for ${validFor}. Do not pass it on.`, 'If you did not ask to sign in, ignore this mail.'],
  }),
  signInSms: ({ appName, validFor, code, link }) =>
    [
      code === undefined ? `Sign in to ${appName}:` : `${code} is your code for ${appName}, valid for ${validFor}.`,
      code !== undefined && link !== undefined ? 'Or follow this link:' : undefined,
      link,
    ]
      .filter((part) => part !== undefined)
      .join(' '),
};

const waysIn = (code: string | undefined, link: string | undefined): string => {
  if (code === undefined) return 'follow this link';
  return link === undefined ? 'enter this code' : 'enter this code, or follow the link below it';
};

const validity = (validFor: string | undefined): string => `The link works once, for ${validFor ?? 'a limited time'}.`;
