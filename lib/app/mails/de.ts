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
  signIn: ({ appName, validFor, code, link }) => ({
    subject: `Anmeldung bei ${appName}`,
    before: [`So melden Sie sich bei ${appName} an: ${waysIn(code, link)}`],
    action: 'Anmelden',
    after: [
      `Das gilt einmal und ${validFor} lang. Geben Sie es nicht weiter.`,
      'Wenn Sie sich nicht anmelden wollten, tun Sie nichts.',
    ],
  }),
  signInSms: ({ appName, validFor, code, link }) =>
    [
      code === undefined ? `Anmeldung bei ${appName}:` : `${code} ist Ihr Code für ${appName}, gültig für ${validFor}.`,
      code !== undefined && link !== undefined ? 'Oder folgen Sie diesem Link:' : undefined,
      link,
    ]
      .filter((part) => part !== undefined)
      .join(' '),
};

const waysIn = (code: string | undefined, link: string | undefined): string => {
  if (code === undefined) return 'Folgen Sie diesem Link.';
  return link === undefined
    ? 'Geben Sie diesen Code ein.'
    : 'Geben Sie diesen Code ein, oder folgen Sie dem Link darunter.';
};

const validity = (validFor: string | undefined): string =>
  validFor === undefined
    ? 'Der Link gilt einmal und für begrenzte Zeit.'
    : `Der Link gilt einmal und ${validFor} lang.`;
