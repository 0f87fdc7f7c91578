import { randomBytes, randomUUID } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { parseJwt } from '../../../lib/core/session/rules/access-token.ts';
import {
  freshTokenParts,
  hash1Of,
  hash2Of,
  makeRefreshTokenSecret,
  openRefreshToken,
  type RefreshTokenContent,
  sealRefreshToken,
} from '../../../lib/core/session/rules/refresh-token.ts';
import type { AntiCsrfToken, Hash1, RefreshToken, SessionHandle, UserId } from '../../../lib/core/types.ts';
import { systemRandom } from '../../../lib/supertokens/system-random.ts';
import { openIndependently, sealIndependently, sealTextIndependently } from '../../fixtures/independent-token.ts';
import { OFFICIAL, type OfficialTokens, officialSession } from '../../fixtures/official-rows.ts';

const officialTokens: readonly [string, OfficialTokens][] = OFFICIAL.sessions.flatMap(({ what, tokens }) =>
  tokens.map((token, index): [string, OfficialTokens] => [`${what}, token ${index}`, token]),
);

const tokenOf = (what: string, index: number): OfficialTokens => {
  const token = officialSession(what).tokens[index];
  if (token === undefined) throw new Error(`No token ${index} of "${what}"`);
  return token;
};

const asToken = (token: string) => token as RefreshToken;

describe('refresh tokens of an official core', () => {
  test.each(officialTokens)('open with its secret: %s', async (_what, { refreshToken, handle, antiCsrfToken }) => {
    const content = openRefreshToken(refreshToken, OFFICIAL.secret);
    const row = OFFICIAL.rows.find(({ session_handle }) => session_handle === handle);
    expect(content).toMatchObject({ sessionHandle: handle, nonce: refreshToken.split('.')[1] });
    expect(content?.antiCsrfToken).toBe(antiCsrfToken);
    // The row of one session was revoked.
    expect(content?.userId).toBe(row?.user_id ?? 'user-revoked');
  });

  test.each(officialTokens)('say to an independent reader what they say to us: %s', async (_what, { refreshToken }) => {
    const ours = openRefreshToken(refreshToken, OFFICIAL.secret);
    const theirs = await openIndependently(refreshToken, OFFICIAL.secret);
    expect(ours).toEqual({
      sessionHandle: theirs.sessionHandle,
      userId: theirs.userId,
      parent: theirs.parentRefreshTokenHash1 ?? undefined,
      nonce: theirs.nonce,
      antiCsrfToken: theirs.antiCsrfToken ?? undefined,
    });
  });

  test.each(['refreshed once, child not yet used, CDI 5.4', 'child used, CDI 5.4', 'rotated, CDI 5.6'])(
    'name the hash1 of their predecessor: %s',
    (what) => {
      const child = openRefreshToken(tokenOf(what, 1).refreshToken, OFFICIAL.secret);
      expect(child?.parent).toBe(hash1Of(asToken(tokenOf(what, 0).refreshToken)));
      expect(openRefreshToken(tokenOf(what, 0).refreshToken, OFFICIAL.secret)?.parent).toBeUndefined();
    },
  );

  test.each([
    ['fresh, CDI 5.4', 0],
    ['refreshed once, child not yet used, CDI 5.4', 0],
    ['child used, CDI 5.4', 1],
    ['fresh, CDI 3.1: access token V4', 0],
    ['rotated, CDI 5.6', 1],
    ['with anti-CSRF', 0],
    ['static signing key', 0],
    ['two sessions of one user', 0],
    ['two sessions of one user', 1],
  ])('have the hash2 that is live in the row: %s, token %i', (what, index) => {
    const { handle, refreshToken } = tokenOf(what, index);
    const row = OFFICIAL.rows.find(({ session_handle }) => session_handle === handle);
    expect(hash2Of(hash1Of(asToken(refreshToken)))).toBe(row?.refresh_token_hash_2);
  });

  test.each(['child used, CDI 5.4', 'rotated, CDI 5.6'])(
    'have the hash2 that is the previous one in the row: %s',
    (what) => {
      const { handle, refreshToken } = tokenOf(what, 0);
      const row = OFFICIAL.rows.find(({ session_handle }) => session_handle === handle);
      expect(hash2Of(hash1Of(asToken(refreshToken)))).toBe(row?.prev_refresh_token_hash_2);
    },
  );

  test('come out again byte for byte when sealed with the same nonce and iv', () => {
    for (const [, { refreshToken }] of officialTokens) {
      const content = openRefreshToken(refreshToken, OFFICIAL.secret);
      if (content === undefined) throw new Error('The official token does not open');
      const iv = Buffer.from(refreshToken, 'base64').subarray(0, 12);
      expect(sealRefreshToken(content, iv, OFFICIAL.secret)).toBe(refreshToken);
    }
  });
});

describe('access tokens of an official core', () => {
  const jwks = createLocalJWKSet(OFFICIAL.jwks as JSONWebKeySet);
  const atThatTime = { currentDate: new Date(OFFICIAL.recordedAt) };

  test.each(officialTokens)('verify with its JWKS: %s', async (_what, { accessToken, handle }) => {
    const { payload, protectedHeader } = await jwtVerify(accessToken, jwks, { ...atThatTime, algorithms: ['RS256'] });
    expect(payload.sessionHandle).toBe(handle);
    expect(protectedHeader.kid).toMatch(/^(d-\d+|s-.+)$/);
  });

  test.each(officialTokens)('carry the hash1 of their refresh token: %s', (_what, tokens) => {
    expect(parseJwt(tokens.accessToken)?.claims.refreshTokenHash1).toBe(hash1Of(asToken(tokens.refreshToken)));
  });
});

describe('our refresh tokens', () => {
  let secret: string;
  beforeAll(() => {
    secret = makeRefreshTokenSecret(systemRandom);
  });

  const content = (more: Partial<RefreshTokenContent> = {}): RefreshTokenContent => ({
    sessionHandle: randomUUID() as SessionHandle,
    userId: 'Zoë 🎉 "quoted"' as UserId,
    parent: undefined,
    nonce: randomBytes(32).toString('hex'),
    antiCsrfToken: undefined,
    ...more,
  });

  const seal = (more: Partial<RefreshTokenContent> = {}): RefreshToken =>
    sealRefreshToken(content(more), randomBytes(12), secret);

  test.each<[string, Partial<RefreshTokenContent>]>([
    ['first of its session', {}],
    ['a successor', { parent: 'ab'.repeat(32) as Hash1 }],
    ['with anti-CSRF', { antiCsrfToken: randomUUID() as AntiCsrfToken, parent: 'cd'.repeat(32) as Hash1 }],
  ])('open by an independent reading of the contract: %s', async (_what, more) => {
    const written = content(more);
    const token = sealRefreshToken(written, randomBytes(12), secret);
    // What is absent is left out, not null.
    expect(await openIndependently(token, secret)).toEqual({
      sessionHandle: written.sessionHandle,
      userId: written.userId,
      nonce: written.nonce,
      ...(written.parent !== undefined && { parentRefreshTokenHash1: written.parent }),
      ...(written.antiCsrfToken !== undefined && { antiCsrfToken: written.antiCsrfToken }),
    });
  });

  test('look as the official ones do: base64, nonce of 64 hex digits, V2', () => {
    const { nonce, iv } = freshTokenParts(systemRandom);
    const token = sealRefreshToken(content({ nonce }), iv, secret);
    expect(token).toMatch(/^[A-Za-z0-9+/]+={0,2}\.[0-9a-f]{64}\.V2$/);
    expect(token.split('.')[1]).toBe(nonce);
    expect(Buffer.from(token.split('.')[0] ?? '', 'base64').subarray(0, 12)).toEqual(iv);
  });

  test('open to what was sealed', () => {
    const written = content({ antiCsrfToken: randomUUID() as AntiCsrfToken, parent: 'ef'.repeat(32) as Hash1 });
    expect(openRefreshToken(sealRefreshToken(written, randomBytes(12), secret), secret)).toEqual(written);
  });

  test('the secret has the official form, and is another each time', () => {
    expect(secret).toMatch(/^1000:[0-9a-f]{128}:[0-9a-f]{128}$/);
    expect(makeRefreshTokenSecret(systemRandom)).not.toBe(secret);
  });

  test('do not open with another secret', () => {
    expect(openRefreshToken(seal(), makeRefreshTokenSecret(systemRandom))).toBeUndefined();
  });

  test('open when nulls stand for what is absent, as the official core may write it', async () => {
    const text = { sessionHandle: 'handle', userId: 'user', parentRefreshTokenHash1: null, antiCsrfToken: null };
    const nonce = 'aa'.repeat(32);
    const withNulls = { ...text, nonce } as unknown as Parameters<typeof sealIndependently>[0];
    const token = await sealIndependently(withNulls, randomBytes(12), secret);
    expect(openRefreshToken(token, secret)).toMatchObject({ parent: undefined, antiCsrfToken: undefined });
  });

  /** Every way to write the last sextets of the base64 that decodes to the same bytes. */
  function otherSpellings(token: string): string[] {
    const [sealed = '', nonce] = token.split('.');
    const bare = sealed.replace(/=+$/, '');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const sameBytes = [...alphabet]
      .map((last) => `${bare.slice(0, -1)}${last}${sealed.slice(bare.length)}`)
      .filter((spelling) => Buffer.from(spelling, 'base64').equals(Buffer.from(sealed, 'base64')));
    const others = [
      ...sameBytes,
      bare,
      `${sealed}=`,
      `${sealed}\n`,
      ` ${sealed}`,
      `${sealed.slice(0, 8)}\r\n${sealed.slice(8)}`,
      `${sealed.slice(0, 8)}!${sealed.slice(8)}`,
      sealed.replaceAll('+', '-').replaceAll('/', '_'),
    ];
    return others.filter((spelling) => spelling !== sealed).map((spelling) => `${spelling}.${nonce}.V2`);
  }

  test('have one spelling: base64 that is not canonical is rejected', () => {
    // Three lengths of plain text, so that every length of padding is there.
    for (const userId of ['a', 'ab', 'abc'] as UserId[]) {
      const token = seal({ userId });
      const spellings = otherSpellings(token);
      expect(spellings.length).toBeGreaterThan(4);
      for (const spelling of spellings) expect(openRefreshToken(spelling, secret)).toBeUndefined();
      expect(openRefreshToken(token, secret)).toBeDefined();
    }
  });

  test('are rejected with any one bit changed', () => {
    const token = seal();
    const [sealed = '', nonce] = token.split('.');
    const bytes = Buffer.from(sealed, 'base64');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed[index] ?? 0) ^ (1 << (index % 8)), index);
      expect(openRefreshToken(`${changed.toString('base64')}.${nonce}.V2`, secret)).toBeUndefined();
    }
  });

  test('are rejected cut short at any length', () => {
    const token = seal();
    for (let length = 0; length < token.length; length++) {
      expect(openRefreshToken(token.slice(0, length), secret)).toBeUndefined();
    }
  });

  test('are rejected with a nonce outside that is not the one inside', () => {
    const [mine = '', theirs = ''] = [seal(), seal()];
    const swapped = `${mine.split('.')[0]}.${theirs.split('.')[1]}.V2`;
    const upper = mine.replace(/\.[0-9a-f]{64}\./, (nonce) => nonce.toUpperCase());
    for (const token of [swapped, upper]) expect(openRefreshToken(token, secret)).toBeUndefined();
  });

  test.each([
    ['a wrong version', (token: string) => token.replace(/V2$/, 'V1')],
    ['a version in lower case', (token: string) => token.replace(/V2$/, 'v2')],
    ['a fourth part', (token: string) => `${token}.more`],
  ])('are refused with %s', (_what, change) => {
    expect(openRefreshToken(change(seal()), secret)).toBeUndefined();
  });

  test.each(['sessionHandle', 'userId', 'nonce'])(
    'are rejected without %s, even when sealed with our secret',
    async (name) => {
      const text = { sessionHandle: 'handle', userId: 'user', nonce: 'aa'.repeat(32), [name]: '' };
      expect(openRefreshToken(await sealIndependently(text, randomBytes(12), secret), secret)).toBeUndefined();
    },
  );

  test('are rejected with nothing in them, even when sealed with our secret', async () => {
    const token = await sealTextIndependently('', 'aa'.repeat(32), randomBytes(12), secret);
    expect(openRefreshToken(token, secret)).toBeUndefined();
  });

  test.each([
    ['empty text', ''],
    ['no parts', 'nonsense'],
    ['dots alone', '..'],
    ['an access token', 'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl'],
    ['base64 of too few bytes', `${Buffer.alloc(28).toString('base64')}.aa.V2`],
    ['no sealed part', `.${'aa'.repeat(32)}.V2`],
    ['text beyond ASCII', `${'🎉'.repeat(40)}.🎉.V2`],
  ])('are refused when malformed: %s', (_what, token) => {
    expect(openRefreshToken(token, secret)).toBeUndefined();
  });
});
