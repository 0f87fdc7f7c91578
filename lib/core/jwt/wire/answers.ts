import type { Answer } from '../../http/endpoint.ts';
import { CdiRefusal } from '../../http/refusal.ts';
import type { JsonObject } from '../../types.ts';
import { createJwt } from '../operations/create-jwt.ts';
import { readJwks } from '../operations/read-jwks.ts';

/** GET /recipe/jwt/jwks: the public signing keys. */
export const answerGetJwks: Answer<unknown> = async (context) => {
  const { keys } = await readJwks(context);
  return { status: 'OK', keys: keys.map((key) => ({ ...key })) };
};

interface CreateJwtInput {
  readonly payload: JsonObject;
  readonly algorithm: string;
  readonly jwksDomain: string;
  /** s */
  readonly validity: number;
  readonly useStaticSigningKey: boolean | undefined;
}

/** POST /recipe/jwt: signs any claims. */
export const answerCreateJwt: Answer<CreateJwtInput> = async (context, input) => {
  const { payload, algorithm, jwksDomain: issuer, validity, useStaticSigningKey: useStaticKey = true } = input;
  if (algorithm !== 'RS256') return { status: 'UNSUPPORTED_ALGORITHM_ERROR' };
  if (validity <= 0) throw new CdiRefusal(400, 'validity must be greater than or equal to 0');
  return { status: 'OK', jwt: await createJwt(context, { payload, issuer, validity, useStaticKey }) };
};
