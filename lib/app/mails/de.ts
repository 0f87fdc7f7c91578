import type { MailTexts } from '../../index.ts';

export const german: MailTexts = {
  passwordReset: ({ appName, validFor }) => ({
    subject: `Neues Passwort für ${appName}`,
    before: [`Sie möchten Ihr Passwort für ${appName} ändern. Über diesen Link wählen Sie ein neues:`],
    action: 'Neues Passwort wählen',
    after: [
      validity(validFor),
      'Wenn Sie ihn nicht angefordert haben, tun Sie nichts. Ihr Passwort bleibt, wie es ist.',
    ],
  }),
  emailVerification: ({ appName, validFor }) => ({
    subject: `Bestätigen Sie Ihre E-Mail-Adresse für ${appName}`,
    before: ['Über diesen Link bestätigen Sie, dass diese Adresse Ihnen gehört:'],
    action: 'Adresse bestätigen',
    after: [validity(validFor), `Wenn Sie kein Konto bei ${appName} haben, tun Sie nichts.`],
  }),
};

const validity = (validFor: string | undefined): string =>
  validFor === undefined
    ? 'Der Link gilt einmal und für begrenzte Zeit.'
    : `Der Link gilt einmal und ${validFor} lang.`;
