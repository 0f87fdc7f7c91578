import { type CompactVerifyResult, compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { Json, JsonObject } from '../../lib/core/types.ts';

export interface VerifiedJwt {
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

/** By their compact form. */
export type VerifiedJwts = ReadonlyMap<string, VerifiedJwt>;

/** Every JWT in a JSON value that one of the keys has signed. The keys are asked for only if there is one at all. */
export async function verifyJwts(value: Json, readKeys: () => Promise<JSONWebKeySet>): Promise<VerifiedJwts> {
  const candidates = textsIn(value).filter((text) => /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(text));
  const verified = new Map<string, VerifiedJwt>();
  if (candidates.length === 0) return verified;
  const keys = createLocalJWKSet(await readKeys());
  for (const jwt of candidates) {
    // What does not verify is left out: the matcher then says where it was expected.
    const result = await compactVerify(jwt, keys, { algorithms: ['RS256'] }).catch(() => undefined);
    if (result !== undefined) verified.set(jwt, contentOf(result));
  }
  return verified;
}

const contentOf = ({ protectedHeader, payload }: CompactVerifyResult): VerifiedJwt => ({
  header: protectedHeader as JsonObject,
  payload: JSON.parse(new TextDecoder().decode(payload)) as JsonObject,
});

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
