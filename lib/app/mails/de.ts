import type { MailTexts } from '../../index.ts';

export const german: MailTexts = {
  passwordReset: (appName) => ({
    subject: `Neues Passwort für ${appName}`,
    before: [`Sie möchten Ihr Passwort für ${appName} ändern. Über diesen Link wählen Sie ein neues:`],
    action: 'Neues Passwort wählen',
    after: [
      'Der Link gilt einmal und eine Stunde lang. Wenn Sie ihn nicht angefordert haben, tun Sie nichts. Ihr Passwort bleibt, wie es ist.',
    ],
  }),
  emailVerification: (appName) => ({
    subject: `Bestätigen Sie Ihre E-Mail-Adresse für ${appName}`,
    before: ['Über diesen Link bestätigen Sie, dass diese Adresse Ihnen gehört:'],
    action: 'Adresse bestätigen',
    after: [`Der Link gilt einmal und einen Tag lang. Wenn Sie kein Konto bei ${appName} haben, tun Sie nichts.`],
  }),
};
