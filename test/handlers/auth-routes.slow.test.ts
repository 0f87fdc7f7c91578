import { invoke } from '../fixtures/lambda.ts';
import { logIn, proxy, sessionFunction, useWatchedDatabase } from './watched-functions.ts';

useWatchedDatabase();

/** Every route of the auth function, with the token that it takes. */
const ROUTES = [
  ['POST', '/auth/session/refresh', 'st-refresh-token'],
  ['POST', '/auth/signout', 'st-access-token'],
  ['GET', '/auth/jwt/jwks.json', undefined],
  ['GET', '/auth/.well-known/openid-configuration', undefined],
] as const;

describe('with a slash at its end, a route answers as without', () => {
  /** A new process and a new session for each request, so that no keys are cached and no request changes another's. */
  async function ask(method: string, path: string, token: string | undefined, isBroken: boolean) {
    const { headers } = await logIn();
    proxy.isBroken = isBroken;
    const { handler } = await sessionFunction(() => import('../../handlers/auth.ts'));
    const sent = token === undefined ? {} : { authorization: `Bearer ${headers[token]}` };
    const answer = await invoke(handler, method, path, { headers: sent });
    proxy.isBroken = false;
    return { statusCode: answer.statusCode, caching: answer.headers['cache-control'] };
  }

  test.each(ROUTES)('%s %s', async (method, path, token) => {
    const plain = await ask(method, path, token, false);
    expect(plain.statusCode).toBe(200);
    expect(await ask(method, `${path}/`, token, false)).toEqual(plain);
  });

  test.each(ROUTES.slice(0, 3))('%s %s while DynamoDB is unavailable: 503', async (method, path, token) => {
    const answers = [await ask(method, path, token, true), await ask(method, `${path}/`, token, true)];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503]);
  });
});
