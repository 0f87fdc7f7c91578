import { mailLanguages } from '../../lib/app/mails/languages.ts';
import { durationIn } from '../../lib/mail/duration.ts';
import { renderMail } from '../../lib/mail/mail-text.ts';

test.each(mailLanguages)('the mails in $language give no figure if the lifetime of a link is unknown', ({ texts }) => {
  for (const text of [texts.passwordReset, texts.emailVerification]) {
    const { before, after } = text({ appName: 'App', validFor: undefined });
    const said = [...before, ...after].join(' ');
    expect(said).not.toMatch(/\d|undefined/);
    expect(said).toMatch(/works once|gilt einmal/);
  }
});

const LINK = 'https://app.example.com/auth/verify?preAuthSessionId=abc#def';

describe.each(mailLanguages)('signing in by $language', ({ language, texts }) => {
  const facts = { appName: 'App', validFor: durationIn(language, 900_000) };

  test.each([
    ['a code', '123456', undefined],
    ['a link', undefined, LINK],
    ['a code and a link', '123456', LINK],
  ])('the mail and the text message have %s, and for how long it is valid', (_what, code, link) => {
    const mail = renderMail('me@example.com', texts.signIn({ ...facts, code, link }), { code, link });
    const sms = texts.signInSms({ ...facts, code, link });
    for (const text of [mail.text, mail.html.replaceAll('&amp;', '&'), sms]) {
      expect([text.includes('123456'), text.includes(LINK)]).toEqual([code !== undefined, link !== undefined]);
      expect(text).not.toContain('undefined');
    }
    expect(mail.text).toContain(facts.validFor);
    expect(mail.subject).not.toContain('123456');
  });

  test('a text message with a code is one message, as networks count', () => {
    const sms = texts.signInSms({ ...facts, appName: 'SuperTokens sessions', code: '123456', link: undefined });
    // GSM 03.38. One character beyond it would leave 70 characters for a message.
    expect(sms).toMatch(/^[A-Za-z0-9 .,:!?'"()/äöüÄÖÜßéèàùìò\n-]{1,160}$/);
    expect(sms).toContain(facts.validFor);
  });
});
