import { type GivenCredentials, parseCredentials, parseNewCredentials } from '../../lib/login/credentials.ts';

const EMAIL = 'ann@example.org';
const PASSWORD = 'correct horse';

/** What came out, or the faulty field. */
function parsed(given: GivenCredentials, parse = parseNewCredentials) {
  const result = parse(given);
  return result.status === 'OK' ? { email: result.email, password: result.password } : result.field;
}
const email = (text: unknown) => {
  const result = parsed({ email: text, password: PASSWORD });
  return typeof result === 'string' ? result : { accepted: result.email };
};
const password = (text: unknown, parse = parseNewCredentials) => {
  const result = parsed({ email: EMAIL, password: text }, parse);
  return typeof result === 'string' ? result : { accepted: result.password };
};

describe('an e-mail', () => {
  test.each([
    ['is trimmed and put in lower case', ' \tAnn@Example.ORG\n', 'ann@example.org'],
    ['is put in NFC', 'zoe\u0308@example.org', 'zo\u00eb@example.org'],
    ['keeps its dots and its tag', 'a.n.n+tag@example.org', 'a.n.n+tag@example.org'],
    ['may be of any script', '用户@例子.广告', '用户@例子.广告'],
    ['may have 254 bytes', `${'a'.repeat(242)}@example.org`, `${'a'.repeat(242)}@example.org`],
  ])('%s', (_name, given, expected) => {
    expect(email(given)).toEqual({ accepted: expected });
  });

  test.each([
    ['no @', 'ann.example.org'],
    ['two @', 'ann@home@example.org'],
    ['nothing before the @', '@example.org'],
    ['no dot after the @', 'ann@localhost'],
    ['nothing before a dot after the @', 'ann@.org'],
    ['nothing after the last dot', 'ann@example.'],
    ['a blank', 'ann lee@example.org'],
    ['a line break', 'ann@example.org\nbcc:bob@example.org'],
    ['a no-break space', 'ann\u00a0lee@example.org'],
    ['a control character', 'ann\u0000@example.org'],
    ['an invisible character', 'ann\u200b@example.org'],
    ['half a surrogate pair', 'ann\ud800@example.org'],
    ['255 bytes', `${'a'.repeat(243)}@example.org`],
    ['255 bytes in fewer characters', `a${'é'.repeat(121)}@example.org`],
    ['nothing at all', ''],
  ])('is refused with %s', (_name, given) => {
    expect(email(given)).toBe('email');
  });

  test.each([[undefined], [null], [7], [['ann@example.org']], [{ $ne: '' }]])('is refused if it is %p', (given) => {
    expect(email(given)).toBe('email');
  });
});

describe('a new password', () => {
  test.each([
    ['has 8 characters', '12345678'],
    ['has 200 characters', 'x'.repeat(200)],
    ['has 200 characters outside the BMP', '🐎'.repeat(200)],
    ['has blanks around it, which are kept', '  blanks  '],
    ['has control characters', 'tab\tand\u0007bell'],
  ])('is accepted if it %s', (_name, given) => {
    expect(password(given)).toEqual({ accepted: given });
  });

  test.each([
    ['7 characters', '1234567'],
    ['4 characters in 8 UTF-16 units', '🐎🐎🐎🐎'],
    ['7 characters after normalisation', 'e\u0301234567'],
    ['201 characters', 'x'.repeat(201)],
    ['201 characters after normalisation', `${'x'.repeat(199)}ﬁ`],
    ['half a surrogate pair', '1234567\ud800'],
  ])('is refused with %s', (_name, given) => {
    expect(password(given)).toBe('password');
  });

  test.each([[undefined], [null], [12345678], [['12345678']]])('is refused if it is %p', (given) => {
    expect(password(given)).toBe('password');
  });

  test('is put in NFKC', () => {
    expect(password('ｆｕｌｌ ｗｉｄｔｈ \u2460')).toEqual({ accepted: 'full width 1' });
    expect(password('cafe\u0301 noir')).toEqual(password('caf\u00e9 noir'));
  });
});

describe('a password to log in with', () => {
  test('may be shorter than a new one', () => {
    expect(password('1', parseCredentials)).toEqual({ accepted: '1' });
  });

  test('is neither empty nor longer than 200 characters', () => {
    expect(password('', parseCredentials)).toBe('password');
    expect(password('x'.repeat(201), parseCredentials)).toBe('password');
  });

  test('is put in NFKC', () => {
    expect(password('cafe\u0301', parseCredentials)).toEqual({ accepted: 'caf\u00e9' });
  });
});

test('a fault names its field, the e-mail first, and repeats nothing that was typed', () => {
  expect(parseNewCredentials({ email: 'secret', password: 'secret' })).toEqual({
    status: 'FIELD_ERROR',
    field: 'email',
    message: 'This is not an e-mail address.',
  });
  expect(parseNewCredentials({ email: EMAIL, password: 'secret' })).toEqual({
    status: 'FIELD_ERROR',
    field: 'password',
    message: 'A password has 8 to 200 characters.',
  });
  expect(parseCredentials({})).toMatchObject({ field: 'email' });
});

test('100,000 combining marks are refused at once, for normalising them would take seconds', () => {
  const marks = '\u0316\u0301'.repeat(50_000);
  const start = performance.now();
  expect(email(marks)).toBe('email');
  expect(password(marks)).toBe('password');
  expect(performance.now() - start).toBeLessThan(3000);
});
