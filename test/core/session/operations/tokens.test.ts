import { decodeJwt, decodeProtectedHeader } from 'jose';
import { DEFAULT_CORE_CONFIG } from '../../../../lib/core/config.ts';
import { type InputFault, InputRejected, ItemTooLarge } from '../../../../lib/core/errors.ts';
import { CDI_VERSIONS } from '../../../../lib/core/http/versions.ts';
import { verifyRs256 } from '../../../../lib/core/keys/rsa.ts';
import {
  checkRequestedValidity,
  issueAccessToken,
  keyKindOf,
  rejectingTooLarge,
} from '../../../../lib/core/session/operations/tokens.ts';
import { rulesOf } from '../../../../lib/core/session/wire/call-rules.ts';
import type { AntiCsrfToken, Hash1 } from '../../../../lib/core/types.ts';
import { makeContext } from '../../../fixtures/core-context.ts';
import { someRow } from '../../../fixtures/session-row.ts';

const HASH1 = 'ab'.repeat(32) as Hash1;
const PARENT = 'cd'.repeat(32) as Hash1;
const PARTS = { refreshTokenHash1: HASH1, antiCsrfToken: undefined };
const HOUR = 3_600_000;
/** The second that NOW is in. */
const SECOND = 1_800_000_000_000;

const RULES = rulesOf('5.4');

/** The fault for which a call rejects its input. */
function faultOf(call: () => void): InputFault | undefined {
  try {
    call();
  } catch (error) {
    if (error instanceof InputRejected) return error.fault;
    throw error;
  }
  return undefined;
}

describe('an access token', () => {
  const row = someRow({ payload: { role: 'admin' } });

  test('up to CDI 3.1 is of version 4, from then on of version 5', () => {
    const versions = CDI_VERSIONS.map((version) => rulesOf(version).accessTokenVersion);
    expect(versions).toEqual(['4', '4', ...CDI_VERSIONS.slice(2).map(() => '5')]);
  });

  test('says whose session it is of, for how long, and what its user claims', async () => {
    const parts = { ...PARTS, parentRefreshTokenHash1: PARENT, antiCsrfToken: 'anti-csrf' as AntiCsrfToken };
    const answer = await issueAccessToken(makeContext(), row, parts, RULES);
    expect(answer).toEqual({ token: expect.any(String), createdAt: SECOND, expiry: SECOND + HOUR });
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
      const { token } = await issueAccessToken(context, { ...row, useStaticKey }, PARTS, RULES);
      const [header, claims, signature = ''] = String(token).split('.');
      const { kid = '' } = decodeProtectedHeader(String(token));
      const key = await context.published.find(kid);
      expect(kid).toBe(useStaticKey ? 's-1' : 'd-1');
      expect(key && verifyRs256(`${header}.${claims}`, Buffer.from(signature, 'base64url'), key)).toBe(true);
    }
  });

  test('of version 4 has no rsub', async () => {
    const { token } = await issueAccessToken(makeContext(), row, PARTS, rulesOf('3.1'));
    expect(decodeProtectedHeader(String(token))).toMatchObject({ version: '4' });
    expect(decodeJwt(String(token))).not.toHaveProperty('rsub');
  });

  test('lasts as long as the caller asked for, in whole seconds', async () => {
    const { expiry } = await issueAccessToken(makeContext(), row, { ...PARTS, validity: 5999 }, RULES);
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
    const { expiry } = await issueAccessToken(context, row, PARTS, RULES);
    expect(Math.abs(Number(expiry) - SECOND - validity)).toBeLessThan(1000);
    expect(Number(expiry)).toBeLessThanOrEqual(SECOND + HOUR);
  });

  test('is of the dynamic key unless the session asks for the static one', () => {
    expect([keyKindOf({ useStaticKey: true }), keyKindOf({ useStaticKey: false })]).toEqual(['static', 'dynamic']);
  });
});

describe('the validity that a caller asks for', () => {
  const asked = (validity: number | undefined) => faultOf(() => checkRequestedValidity(makeContext(), validity));

  test.each([undefined, 1, HOUR])('may be the configured one, a shorter one or none: %p ms', (validity) => {
    expect(asked(validity)).toBeUndefined();
  });

  test.each([0, -1, HOUR + 1])(
    'is rejected if it is not positive, or longer than the configured one: %i ms',
    (validity) => {
      expect(asked(validity)).toEqual({ kind: 'ValidityOutOfRange', longest: HOUR });
    },
  );
});

describe('a write', () => {
  test('returns what the store returns', async () => {
    expect(await rejectingTooLarge(Promise.resolve(5))).toBe(5);
  });

  test('of too much data is the fault of the input; another error stays what it is', async () => {
    await expect(rejectingTooLarge(Promise.reject(new ItemTooLarge()))).rejects.toMatchObject({
      name: 'InputRejected',
      fault: { kind: 'SessionTooLarge' },
    });
    const fault = new Error('another');
    await expect(rejectingTooLarge(Promise.reject(fault))).rejects.toBe(fault);
  });
});
