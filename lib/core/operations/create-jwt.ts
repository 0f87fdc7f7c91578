import { CdiRefusal } from '../errors.ts';
import { signRs256 } from '../keys/rsa.ts';
import { joinJwt, jwtSigningInput } from '../session/access-token.ts';
import type { JsonObject } from '../types.ts';
import type { Operation } from './context.ts';

export interface CreateJwtInput {
  readonly payload: JsonObject;
  readonly algorithm: string;
  /** Becomes `iss`. */
  readonly jwksDomain: string;
  /** s */
  readonly validity: number;
  readonly useStaticSigningKey: boolean | undefined;
}

/** POST /recipe/jwt: signs any claims; those of the payload win over our own. */
export const createJwt: Operation<CreateJwtInput> = async ({ clock, keys }, input) => {
  if (input.algorithm !== 'RS256') return { status: 'UNSUPPORTED_ALGORITHM_ERROR' };
  if (input.validity <= 0) throw new CdiRefusal(400, 'validity must be greater than or equal to 0');
  const now = Math.floor(clock() / 1000);
  const { kid, key } = await keys.signer(input.useStaticSigningKey === false ? 'dynamic' : 'static');
  const claims = { iss: input.jwksDomain, exp: now + input.validity, iat: now, ...input.payload };
  const signingInput = jwtSigningInput({ kid, typ: 'JWT', alg: 'RS256' }, claims);
  return { status: 'OK', jwt: joinJwt(signingInput, await signRs256(signingInput, key)) };
};
