import { createLocalJWKSet, decodeJwt, type JWK, type JWTPayload, jwtVerify } from 'jose';
import { type Finding, ok, problem, quoted, SEE, skipped } from './finding.ts';
import type { Ask } from './probe.ts';
import { type Session, sessionHeaders } from './session.ts';
import { isLocal, type Target } from './target.ts';

/** The claims, not verified; `undefined` if it is no JWT. */
export function claimsOf({ accessToken }: Session): JWTPayload | undefined {
  try {
    return decodeJwt(accessToken);
  } catch {
    return undefined;
  }
}

/** Whether the published keys verify the token, as API Gateway's JWT authorizer would with them. */
export async function signatureFinding({ accessToken }: Session, keys: readonly JWK[] | undefined): Promise<Finding> {
  if (keys === undefined) return skipped('token-signature', 'The check needs a JWKS.');
  try {
    const { iat } = decodeJwt(accessToken);
    // Time is looked at elsewhere: here the token is verified as of the moment when it was made.
    const currentDate = new Date((iat ?? 0) * 1000);
    const { protectedHeader } = await jwtVerify(accessToken, createLocalJWKSet({ keys: keys.map(publicPart) }), {
      algorithms: ['RS256'],
      currentDate,
    });
    return ok(
      'token-signature',
      `It is signed by RS256 with the key ${quoted(protectedHeader.kid ?? '')} of the JWKS.`,
    );
  } catch (error) {
    const why = error instanceof Error ? quoted(error.message) : 'unknown';
    const fix =
      'Serve the JWKS of the core that signs, and no older copy from a CDN or from files. Give all functions the same tables, or the same SUPERTOKENS_CONNECTION_URI.';
    return problem('token-signature', `No published key verifies the access token (${why}).`, fix, SEE.authorizers);
  }
}

/** A key that shows its private members too verifies none the less. */
const publicPart = ({ kty = '', kid, alg, use, n, e }: JWK): JWK =>
  JSON.parse(JSON.stringify({ kty, kid, alg, use, n, e }));

/** @param issuer that the discovery document names, or, without one, should */
export function issuerClaimFinding(claims: JWTPayload, issuer: string): Finding {
  if (claims.iss === issuer) return ok('token-issuer', `iss is ${issuer}.`);
  const observed = `The access token's iss is ${quoted(String(claims.iss))}, and the issuer ${issuer}. A JWT authorizer rejects the token.`;
  const fix =
    'Give all functions the same API_DOMAIN and paths, then log in again. A session keeps the iss that it was created with.';
  return problem('token-issuer', observed, fix, SEE.paths);
}

/** @param wanted what `JWT_AUDIENCE` should be; `undefined` if `--audience` is absent */
export function audienceFinding({ aud }: JWTPayload, wanted: string | undefined): Finding {
  const audiences = [aud ?? []].flat();
  const named = audiences.length === 0 ? 'no aud' : `aud ${quoted(audiences.join(', '))}`;
  if (wanted === undefined) {
    if (audiences.length > 0) return ok('token-audience', `The access token has ${named}.`);
    const reason =
      "The access token has no aud. Only API Gateway's JWT authorizer needs one. --audience names the value that you expect.";
    return skipped('token-audience', reason);
  }
  if (audiences.includes(wanted)) return ok('token-audience', `aud is ${wanted}.`);
  const fix = `Set JWT_AUDIENCE=${wanted} and deploy. Existing sessions get it at their next refresh.`;
  return problem('token-audience', `The access token has ${named}, and not ${wanted}.`, fix, SEE.authorizers);
}

const OFFLINE_VERIFIES_NOT = ' (serverless-offline does not verify signatures; API Gateway does)';

const AUTHORIZED_PATH = '/jwt-authorized';

/** Whether API Gateway's JWT authorizer, where it is deployed, lets the token pass. */
export async function jwtAuthorizerFinding(ask: Ask, target: Target, session: Session): Promise<Finding> {
  const without = await ask({ path: AUTHORIZED_PATH });
  if (without.status === 404) {
    return skipped('jwt-authorizer', `GET ${AUTHORIZED_PATH} is not deployed. A stage with JWT_AUDIENCE has it.`);
  }
  const { asked, status } = await ask({ path: AUTHORIZED_PATH, headers: sessionHeaders(session, 'access', target) });
  if (without.status < 400) {
    const fix = 'Give its route the authorizer accessToken in serverless.yml.';
    return problem('jwt-authorizer', `${asked} is answered ${without.status} without a token.`, fix, SEE.authorizers);
  }
  if (status === 200)
    return ok('jwt-authorizer', `${asked} accepts the access token${isLocal(target) ? OFFLINE_VERIFIES_NOT : ''}.`);
  const observed = `${asked} rejects a new access token with ${status}.`;
  const fix =
    'Deploy with the JWT_AUDIENCE and API_DOMAIN that the tokens have as aud and iss. API Gateway must reach discovery and JWKS, in 1.5 s each.';
  return problem('jwt-authorizer', observed, fix, SEE.authorizers);
}
