import { pastedToken } from '../../web/pasted-token.ts';

test.each([
  ['as it is', 'a+/=.b.V2', 'a+/=.b.V2'],
  ['as a cookie has it', 'a%2B%2F%3D.b.V2', 'a+/=.b.V2'],
  ['the whole cookie', ' sRefreshToken=a%2B.b.V2; Path=/auth/session/refresh; HttpOnly\n', 'a+.b.V2'],
  ['the whole header', 'set-cookie: sRefreshToken=a.b.V2; Path=/', 'a.b.V2'],
  ['what cannot be decoded', 'a%.b', 'a%.b'],
  ['nothing', '  ', ''],
])('%s', (_what, text, token) => {
  expect(pastedToken(text)).toBe(token);
});
