import { whatHappened } from '../../web/what-happened.ts';

const told = (request: string, status: number, message?: string, result?: string): string => {
  const [method = '', path = ''] = request.split(' ');
  return whatHappened({ method, path, status, message, result });
};

test.each([
  ['POST /auth/session/refresh', 200, undefined, /old refresh token is retired/],
  ['POST /v1/api/session/refresh', 200, undefined, /old refresh token is retired/],
  ['POST /auth/session/refresh', 401, 'token theft detected', /it was used again/],
  ['POST /auth/session/refresh', 401, 'unauthorised', /no session to refresh/],
  ['GET /sessioninfo', 401, 'try refresh token', /has expired/],
  ['GET /sessioninfo', 401, 'unauthorised', /revoked/],
  ['DELETE /sessions/handle', 204, undefined, /That session is revoked/],
  ['POST /auth/signin', 429, 'Too many attempts.', /^Too many attempts\.$/],
  ['GET /sessioninfo', 500, undefined, /^Refused\.$/],
  ['GET /my-route', 200, undefined, /^Done\.$/],
  ['GET /sessioninfo', 0, undefined, /No answer.*CORS/],
])('%s answered %i “%s”', (request, status, message, text) => {
  expect(told(request, status, message)).toMatch(text);
});

test.each([
  ['POST /auth/signup', 'OK', /A user/],
  ['POST /auth/signup', 'FIELD_ERROR', /Refused: .* names the field/],
  ['POST /auth/signin', 'WRONG_CREDENTIALS_ERROR', /Refused: .* wrong/],
  ['POST /auth/user/password/reset/token', 'OK', /the same whether/],
  ['POST /auth/user/password/reset', 'OK', /sessions of the user are revoked/],
  ['POST /auth/user/password/reset', 'RESET_PASSWORD_INVALID_TOKEN_ERROR', /Refused: the link/],
  ['POST /auth/user/email/verify/token', 'EMAIL_ALREADY_VERIFIED_ERROR', /already/],
  ['POST /auth/user/email/verify', 'OK', /e-mail is verified/],
])('%s with the result %s in a 200', (request, result, text) => {
  expect(told(request, 200, undefined, result)).toMatch(text);
});
