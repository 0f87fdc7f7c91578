import { mailLanguages } from '../../lib/app/mails/languages.ts';

test.each(mailLanguages)('the mails in $language give no figure if the lifetime of a link is unknown', ({ texts }) => {
  for (const text of [texts.passwordReset, texts.emailVerification]) {
    const { before, after } = text({ appName: 'App', validFor: undefined });
    const said = [...before, ...after].join(' ');
    expect(said).not.toMatch(/\d|undefined/);
    expect(said).toMatch(/works once|gilt einmal/);
  }
});
