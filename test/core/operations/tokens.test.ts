import { decodeJwt, decodeProtectedHeader } from 'jose';
import { DEFAULT_CORE_CONFIG } from '../../../lib/core/config.ts';
import { CdiRefusal, ItemTooLarge } from '../../../lib/core/errors.ts';
import { CDI_VERSIONS, type CdiVersion } from '../../../lib/core/http/versions.ts';
import { verifyRs256 } from '../../../lib/core/keys/rsa.ts';
import {
  accessTokenVersionFor,
  checkPayload,
  describeRefreshToken,
  describeSession,
  issueAccessToken,
  keyKindOf,
  refusingTooLarge,
  requestedValidity,
} from '../../../lib/core/operations/tokens.ts';
import type { AntiCsrfToken, Hash1, RefreshToken } from '../../../lib/core/types.ts';
import { makeContext, NOW } from '../../fixtures/core-context.ts';
import { someRow } from '../../fixtures/session-row.ts';

const HASH1 = 'ab'.repeat(32) as Hash1;
const PARENT = 'cd'.repeat(32) as Hash1;
const PARTS = { refreshTokenHash1: HASH1, antiCsrfToken: undefined };
const HOUR = 3_600_000;
/** The second that NOW is in. */
const SECOND = 1_800_000_000_000;

const refusal = (message: string) => new CdiRefusal(400, message);

describe('an access token', () => {
  const row = someRow({ payload: { role: 'admin' } });

  test('up to CDI 3.1 is of version 4, from then on of version 5', () => {
    const versions = CDI_VERSIONS.map((version) => accessTokenVersionFor(version));
    expect(versions).toEqual(['4', '4', ...CDI_VERSIONS.slice(2).map(() => '5')]);
  });

  test('says whose session it is of, for how long, and what its user claims', async () => {
    const parts = { ...PARTS, parentRefreshTokenHash1: PARENT, antiCsrfToken: 'anti-csrf' as AntiCsrfToken };
    const answer = await issueAccessToken(makeContext(), row, parts, { version: '5.4' });
    expect(answer).toEqual({ token: expect.any(String), createdTime: SECOND, expiry: SECOND + HOUR });
    expect(decodeProtectedHeader(String(answer.token))).toEqual({ kid: 'd-1', typ: 'JWT', version: '5', alg: 'RS256' });
    expect(decodeJwt(String(answer.token))).toEqual({
      iat: SECOND / 1000,
      exp: (SECOND + HOUR) / 1000,
      sub: row.userId,
      tId: 'public',
      rsub: row.userId,
      sessionHandle: row.handle,
      refreshTokenHash1: HASH1,
      parentRefreshTokenHash1: PARENT,
      antiCsrfToken: 'anti-csrf',
      role: 'admin',
    });
  });

  test('is signed with the key that its header names, that of the session', async () => {
    const context = makeContext();
    for (const useStaticKey of [true, false]) {
      const { token } = await issueAccessToken(context, { ...row, useStaticKey }, PARTS, { version: '5.4' });
      const [header, claims, signature = ''] = String(token).split('.');
      const { kid = '' } = decodeProtectedHeader(String(token));
      const key = await context.published.find(kid);
      expect(kid).toBe(useStaticKey ? 's-1' : 'd-1');
      expect(key && verifyRs256(`${header}.${claims}`, Buffer.from(signature, 'base64url'), key)).toBe(true);
    }
  });

  test('of version 4 has no rsub', async () => {
    const { token } = await issueAccessToken(makeContext(), row, PARTS, { version: '3.1' });
    expect(decodeProtectedHeader(String(token))).toMatchObject({ version: '4' });
    expect(decodeJwt(String(token))).not.toHaveProperty('rsub');
  });

  test('lasts as long as the caller asked for, in whole seconds', async () => {
    const { expiry } = await issueAccessToken(makeContext(), row, { ...PARTS, validity: 5999 }, { version: '5.6' });
    expect(expiry).toBe(SECOND + 5000);
  });

  test.each([
    [0, HOUR],
    [0.5, 0.9 * HOUR],
    [0.999, HOUR - 720_000],
  ])('is shortened by the share that is drawn of the jitter: %d', async (fraction, validity) => {
    const { random } = makeContext();
    const config = { ...DEFAULT_CORE_CONFIG, accessTokenValidityJitter: 0.2 };
    const context = makeContext({ config, random: { ...random, fraction: () => fraction } });
    const { expiry } = await issueAccessToken(context, row, PARTS, { version: '5.4' });
    expect(Math.abs(Number(expiry) - SECOND - validity)).toBeLessThan(1000);
    expect(Number(expiry)).toBeLessThanOrEqual(SECOND + HOUR);
  });

  test('is of the dynamic key unless the session asks for the static one', () => {
    expect([keyKindOf({ useStaticKey: true }), keyKindOf({ useStaticKey: false })]).toEqual(['static', 'dynamic']);
  });
});

describe('an answer', () => {
  const row = someRow({ payload: { role: 'admin' } });
  const session = { handle: row.handle, userId: row.userId, userDataInJWT: row.payload, tenantId: 'public' };

  test('names the session, from CDI 4.0 on with the recipe user', () => {
    expect(describeSession(row, { version: '3.1' })).toEqual(session);
    expect(describeSession(row, { version: '4.0' })).toEqual({ ...session, recipeUserId: row.userId });
    expect(describeSession(row, { version: '3.1' }, { role: 'user' })).toEqual({
      ...session,
      userDataInJWT: { role: 'user' },
    });
  });

  test('has the refresh token and its time', () => {
    const token = 'a.b.V2' as RefreshToken;
    expect(describeRefreshToken(token, NOW + 1, NOW)).toEqual({ token, expiry: NOW + 1, createdTime: NOW });
  });
});

describe('the validity that a caller asks for', () => {
  const context = makeContext();
  const asked = (validity: number | undefined, version: CdiVersion = '5.6') =>
    requestedValidity(context, validity, { version });

  test.each([1, HOUR])('counts from CDI 5.6 on: %i ms', (validity) => {
    expect(asked(validity)).toBe(validity);
    expect(asked(validity, '5.5')).toBeUndefined();
  });

  test('need not be there', () => {
    expect(asked(undefined)).toBeUndefined();
  });

  test.each([0, -1, HOUR + 1])('is refused beyond the configured one, and if it is none: %i ms', (validity) => {
    const message =
      'accessTokenValidity must be greater than 0 and at most the configured access_token_validity (3600000 ms)';
    expect(() => asked(validity)).toThrow(refusal(message));
    expect(asked(validity, '5.5')).toBeUndefined();
  });
});

describe('claims', () => {
  const bounded = makeContext({ config: { ...DEFAULT_CORE_CONFIG, maxClaimsBytes: 11 } });

  test('that the core writes itself are refused', () => {
    const message = 'The user payload contains protected field';
    expect(() => checkPayload(makeContext(), { rsub: 'x' }, '5')).toThrow(refusal(message));
    expect(() => checkPayload(makeContext(), { rsub: 'x' }, '4')).not.toThrow();
  });

  test('are bounded in bytes of JSON, where a bound is configured', () => {
    const [fitting, tooLarge] = [{ c: 'üx' }, { c: 'üxx' }];
    expect(() => checkPayload(bounded, fitting, '5')).not.toThrow();
    expect(() => checkPayload(bounded, tooLarge, '5')).toThrow(
      refusal('The user payload has 12 bytes of JSON; the limit is 11'),
    );
    expect(() => checkPayload(makeContext(), { c: 'x'.repeat(10_000) }, '5')).not.toThrow();
  });
});

describe('a write', () => {
  test('gives what it gives', async () => {
    expect(await refusingTooLarge(Promise.resolve(5))).toBe(5);
  });

  test('of too much is refused; another fault stays what it is', async () => {
    await expect(refusingTooLarge(Promise.reject(new ItemTooLarge()))).rejects.toMatchObject({
      name: 'CdiRefusal',
      status: 400,
      message: 'The session data does not fit into one DynamoDB item (400 KB)',
    });
    const fault = new Error('another');
    await expect(refusingTooLarge(Promise.reject(fault))).rejects.toBe(fault);
  });
});
