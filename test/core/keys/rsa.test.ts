import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { generateKeyMaterial, privateKeyFrom, signRs256, toRsaJwk, verifyRs256 } from '../../../lib/core/keys/rsa.ts';

const INPUT = 'header.claims';

const signingKey = (publicKey: string) => ({
  kid: 'd-1',
  createdAt: 0,
  signsFrom: 0,
  publicKey,
  privateKey: undefined,
});

const publicHalf = (publicKey: string) =>
  createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });

test('a key is of 2048 bits, and signs what its public half verifies', async () => {
  const { publicKey, privateKey } = await generateKeyMaterial();
  const key = publicHalf(publicKey);
  const signature = await signRs256(INPUT, privateKeyFrom(privateKey));
  expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(verify('RSA-SHA256', Buffer.from(INPUT), key, signature)).toBe(true);
  expect(verifyRs256(INPUT, signature, key)).toBe(true);
  expect(verifyRs256('header.others', signature, key)).toBe(false);
  expect(verifyRs256(INPUT, Buffer.alloc(256), key)).toBe(false);
});

test('as a JWK it has its id, and what a verifier needs', async () => {
  const { publicKey } = await generateKeyMaterial();
  const { n, e } = publicHalf(publicKey).export({ format: 'jwk' });
  expect(toRsaJwk(signingKey(publicKey))).toStrictEqual({ kty: 'RSA', kid: 'd-1', n, e, alg: 'RS256', use: 'sig' });
});

test('a key of another kind is no JWK of ours', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encoded = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  expect(() => toRsaJwk(signingKey(encoded))).toThrow('The key d-1 is no RSA key');
});
