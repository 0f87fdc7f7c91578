import { randomBytes, randomUUID } from 'node:crypto';
import {
  freshTokenParts,
  hash1Of,
  hash2Of,
  makeRefreshTokenSecret,
  sealRefreshToken,
} from '../../../lib/core/session/rules/refresh-token.ts';
import type { RetiredToken } from '../../../lib/core/session/rules/row.ts';
import {
  liveSuccessorOf,
  type OpenedToken,
  type RefreshSecrets,
  successorOf,
} from '../../../lib/core/session/rules/successor.ts';
import type { AntiCsrfToken, Hash2 } from '../../../lib/core/types.ts';
import { systemRandom } from '../../../lib/supertokens/system-random.ts';
import { hkdfIndependently, sealIndependently, uuidIndependently } from '../../fixtures/independent-token.ts';
import { CREATED_AT, someHandle, someHash, someRow, someUser } from '../../fixtures/session-row.ts';

let secrets: RefreshSecrets;
beforeAll(() => {
  secrets = { refreshTokenSecret: makeRefreshTokenSecret(systemRandom), successorSecret: randomBytes(32) };
});

function firstToken(): OpenedToken {
  const { nonce, iv } = freshTokenParts(systemRandom);
  const antiCsrfToken = randomUUID() as AntiCsrfToken;
  const content = { sessionHandle: someHandle(), userId: someUser(), parent: undefined, nonce, antiCsrfToken };
  return { token: sealRefreshToken(content, iv, secrets.refreshTokenSecret), content };
}

const hash2 = ({ token }: OpenedToken): Hash2 => hash2Of(hash1Of(token));

const retiring = (token: OpenedToken, antiCsrf = false): RetiredToken => ({
  hash2: hash2(token),
  retiredAt: CREATED_AT,
  salt: randomBytes(16),
  antiCsrf,
});

/** A token, those that were derived from it one after the other, and the entries of all but the last. */
function chainOf(length: number) {
  const tokens = [firstToken()];
  const retired: RetiredToken[] = [];
  for (let last = tokens[0]; last !== undefined && tokens.length < length; last = tokens.at(-1)) {
    const entry = retiring(last);
    retired.push(entry);
    tokens.push(successorOf(last, entry, secrets));
  }
  const live = tokens.at(-1) as OpenedToken;
  return { tokens, retired, live, row: someRow({ current: hash2(live), retired }) };
}

describe('the successor of a token', () => {
  test.each([false, true])('is derived from it, the salt and the server secret (anti-CSRF: %s)', async (antiCsrf) => {
    const old = firstToken();
    const { sessionHandle, userId } = old.content;
    const info = `successor/v1|public|public|${sessionHandle}`;
    // Several: one in four has the bits of a UUID by chance.
    for (const salt of Array.from({ length: 20 }, () => randomBytes(16))) {
      const key = hkdfIndependently(old.token, Buffer.concat([salt, secrets.successorSecret]), info, 60);
      const content = {
        sessionHandle,
        userId,
        nonce: key.subarray(0, 32).toString('hex'),
        antiCsrfToken: antiCsrf ? uuidIndependently(key.subarray(44)) : undefined,
      };
      const successor = successorOf(old, { salt, antiCsrf }, secrets);
      expect(successor.content).toEqual({ ...content, parent: hash1Of(old.token) });
      // In the format's order of members.
      const { nonce, antiCsrfToken, ...names } = content;
      const text = { ...names, parentRefreshTokenHash1: hash1Of(old.token), nonce, antiCsrfToken };
      expect(successor.token).toBe(await sealIndependently(text, key.subarray(32, 44), secrets.refreshTokenSecret));
    }
  });
});

describe('the live successor', () => {
  test.each([2, 3, 5])('is the last of %i tokens, whichever of those before is presented', (length) => {
    const { tokens, retired, live, row } = chainOf(length);
    for (const token of tokens.slice(0, -1)) {
      expect(liveSuccessorOf(token, row, secrets)).toEqual({ ...live, derivedBy: retired.at(-1) });
    }
  });

  test('is not found if an entry on the way to it is missing', () => {
    const { tokens, retired, row } = chainOf(4);
    const [first, second] = tokens as [OpenedToken, OpenedToken];
    const gap = { ...row, retired: retired.filter((entry) => entry.hash2 !== hash2(second)) };
    expect(liveSuccessorOf(first, gap, secrets)).toBeUndefined();
    expect(liveSuccessorOf(second, gap, secrets)).toBeUndefined();
  });

  test('is not found if another rule has written the row since', () => {
    const { tokens, row } = chainOf(3);
    for (const token of tokens) {
      expect(liveSuccessorOf(token, { ...row, current: someHash() }, secrets)).toBeUndefined();
    }
  });

  test('is not found where nothing is remembered', () => {
    const { live, row } = chainOf(1);
    expect(liveSuccessorOf(live, row, secrets)).toBeUndefined();
  });
});
