import { CompactSign, exportSPKI, importJWK } from 'jose';
import { type Claims, makeKey, signedBy, startTestIssuer } from '../fixtures/oidc-issuer.ts';
import {
  claimsWith,
  ec,
  issuer,
  login,
  loginWith,
  refused,
  rsa,
  timesAsked,
  tokenWith,
  trusted,
  useOidcWorld,
} from './oidc-world.ts';

useOidcWorld();

describe('the signature', () => {
  const unsigned = (header: Claims, claims: Claims) =>
    [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

  test('of a token with alg "none" is rejected', async () => {
    for (const alg of ['none', 'None']) {
      const idToken = `${unsigned({ alg, typ: 'JWT' }, claimsWith())}.`;
      expect(await login.logIn({ idToken })).toEqual(refused('algorithm'));
    }
    expect(issuer.asked).toEqual([]);
  });

  test('by HS256 with the public key as its secret is rejected', async () => {
    const publicKey = await importJWK(rsa.publicJwk, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('Not a public key');
    const secrets = [await exportSPKI(publicKey), JSON.stringify(rsa.publicJwk), rsa.publicJwk.n ?? ''];
    for (const secret of secrets) {
      const idToken = await new CompactSign(Buffer.from(JSON.stringify(claimsWith())))
        .setProtectedHeader({ alg: 'HS256', kid: rsa.kid })
        .sign(Buffer.from(secret));
      expect(await login.logIn({ idToken })).toEqual(refused('algorithm'));
    }
    expect(issuer.asked).toEqual([]);
  });

  test('of a secret key that the provider publishes is still rejected', async () => {
    const secret = Buffer.alloc(32, 1);
    issuer.keys = [{ ...rsa, publicJwk: { kty: 'oct', k: secret.toString('base64url'), kid: 'oct', alg: 'HS256' } }];
    const idToken = await new CompactSign(Buffer.from(JSON.stringify(claimsWith())))
      .setProtectedHeader({ alg: 'HS256', kid: 'oct' })
      .sign(secret);
    expect(await login.logIn({ idToken })).toEqual(refused('algorithm'));
  });

  test('by a key of the attacker under the kid of the provider is rejected', async () => {
    const attackers = { ...(await makeKey('RS256')), kid: rsa.kid };
    expect(await login.logIn({ idToken: await signedBy(attackers, claimsWith()) })).toEqual(refused('signature'));
  });

  test('by a key that the token brings along (jwk, jku) is rejected', async () => {
    const attackers = await makeKey('ES256');
    const header = { kid: rsa.kid, jwk: attackers.publicJwk, jku: `${issuer.origin}/attackers-keys` };
    expect(await login.logIn({ idToken: await signedBy(attackers, claimsWith(), header) })).toEqual(refused('key'));
    expect(timesAsked('/attackers-keys')).toBe(0);
  });

  test('of another trusted issuer is rejected', async () => {
    const other = await startTestIssuer();
    try {
      other.keys = [ec];
      const login = loginWith({ issuers: [trusted(), trusted(other)] });
      const idToken = await signedBy(ec, claimsWith());
      expect(await login.logIn({ idToken })).toEqual(refused('key'));
    } finally {
      await other.stop();
    }
  });

  test('without a kid is rejected while there are several keys', async () => {
    issuer.keys = [rsa, await makeKey('RS256')];
    expect(await login.logIn({ idToken: await tokenWith({}, { kid: undefined }) })).toEqual(refused('key'));
  });

  test('with an unknown critical extension is rejected', async () => {
    const [, payload, signature] = (await tokenWith()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: rsa.kid, crit: ['x'], x: 1 })).toString('base64url');
    expect(await login.logIn({ idToken: `${header}.${payload}.${signature}` })).toEqual(refused('algorithm'));
  });

  test('does not fit a token whose payload was changed', async () => {
    const [header, , signature] = (await tokenWith()).split('.');
    const payload = Buffer.from(JSON.stringify(claimsWith({ sub: 'admin' }))).toString('base64url');
    expect(await login.logIn({ idToken: `${header}.${payload}.${signature}` })).toEqual(refused('signature'));
  });

  test('does not fit a token of which any one character was changed', async () => {
    const idToken = await tokenWith();
    const signed = idToken.lastIndexOf('.');
    for (let at = 0; at < signed; at += 3) {
      const changed = idToken.slice(0, at) + (idToken[at] === 'A' ? 'B' : 'A') + idToken.slice(at + 1);
      expect(await login.logIn({ idToken: changed })).toMatchObject({ status: 'ID_TOKEN_REFUSED' });
    }
  });
});

test.each([
  ['no JWT', 'token'],
  ['an encrypted token', 'a.b.c.d.e'],
  ['three empty parts', '..'],
  ['no JSON', 'e30.e30x.e30'],
  ['a payload that is no object', `e30.${Buffer.from('[]').toString('base64url')}.e30`],
])('%s is malformed', async (_what, idToken) => {
  expect(await login.logIn({ idToken })).toEqual(refused('malformed'));
});
