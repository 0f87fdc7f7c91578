import type { CoreContext } from '../../context.ts';
import { signRs256 } from '../../keys/rsa.ts';
import { joinJwt, jwtSigningInput } from '../../session/rules/access-token.ts';
import type { JsonObject } from '../../types.ts';

export interface CreateJwtInput {
  readonly payload: JsonObject;
  /** Becomes `iss`. */
  readonly issuer: string;
  /** s */
  readonly validity: number;
  readonly useStaticKey: boolean;
}

/** Signs any claims with RS256. Claims of the payload win over the core's own. */
export async function createJwt({ clock, keys }: CoreContext, input: CreateJwtInput): Promise<string> {
  const now = Math.floor(clock() / 1000);
  const { kid, key } = await keys.signer(input.useStaticKey ? 'static' : 'dynamic');
  const claims = { iss: input.issuer, exp: now + input.validity, iat: now, ...input.payload };
  const signingInput = jwtSigningInput({ kid, typ: 'JWT', alg: 'RS256' }, claims);
  return joinJwt(signingInput, await signRs256(signingInput, key));
}
