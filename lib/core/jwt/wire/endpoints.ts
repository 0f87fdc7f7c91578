import { json } from '../../http/answer.ts';
import { type Endpoint, withBody, withQuery } from '../../http/endpoint.ts';
import { flag, object, optional, text, wholeNumber } from '../../http/schema.ts';
import { appSpecific } from '../../http/tenant-rules.ts';
import { readJwks } from '../operations/read-jwks.ts';
import { answerCreateJwt, answerGetJwks } from './answers.ts';

/** The endpoints of the JWT and OpenID recipes. */
export const JWT: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/.well-known/jwks.json',
    isOpen: true,
    async answer(context) {
      const { keys, maxAge } = await readJwks(context);
      const caching = { 'cache-control': `max-age=${maxAge}, must-revalidate` };
      return json({ keys: keys.map((key) => ({ ...key })) }, caching);
    },
  },
  withQuery('/recipe/jwt/jwks', () => ({}), appSpecific, answerGetJwks),
  withBody(
    'POST',
    '/recipe/jwt',
    () => ({
      payload: object,
      algorithm: text,
      jwksDomain: text,
      validity: wholeNumber,
      useStaticSigningKey: optional(flag),
    }),
    [appSpecific],
    answerCreateJwt,
  ),
];
