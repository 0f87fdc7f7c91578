import {
  asPublished,
  delayUnpublishedKeys,
  dynamicKeyAt,
  type KeySchedule,
  leadOf,
  nextKeyDueAt,
  publicPartOf,
  withNextKey,
} from '../../../lib/core/keys/keyring.ts';
import type { Keyring, PublishedKey, PublishedKeys, RsaJwk, SigningKey } from '../../../lib/core/keys/stored-keys.ts';
import type { Millis } from '../../../lib/core/types.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LEAD = 130 * MINUTE;
const NOW: Millis = 1_800_000_000_000;
const SCHEDULE: KeySchedule = { interval: 168 * HOUR, accessTokenValidity: HOUR };

const key = (kid: string, signsFrom: Millis): SigningKey => ({
  kid,
  createdAt: signsFrom,
  signsFrom,
  publicKey: `public ${kid}`,
  privateKey: `private ${kid}`,
});

const keyringOf = (...dynamicKeys: SigningKey[]) =>
  ({
    version: 3,
    dynamicKeys,
    staticKey: key('s-1', 0),
    refreshTokenSecret: 'secret',
    successorSecret: 'successor secret',
  }) satisfies Keyring;

const jwkOf = ({ kid, publicKey }: Pick<SigningKey, 'kid' | 'publicKey'>): RsaJwk => ({
  kty: 'RSA',
  kid,
  n: publicKey,
  e: 'AQAB',
  alg: 'RS256',
  use: 'sig',
});

const publishedOf = (...keys: PublishedKey[]): PublishedKeys => ({ version: 2, nextKeyDueAt: 0, keys });

const seen = (kid: string, signsFrom?: Millis): PublishedKey => ({
  jwk: jwkOf({ kid, publicKey: '' }),
  ...(signsFrom !== undefined && { signsFrom }),
});

const momentsOf = ({ dynamicKeys }: Keyring): Record<string, Millis> =>
  Object.fromEntries(dynamicKeys.map(({ kid, signsFrom }) => [kid, signsFrom]));

describe('the lead', () => {
  test.each([
    [168 * HOUR, LEAD],
    [650 * MINUTE, LEAD],
    [650 * MINUTE - 1, LEAD - 1],
    [HOUR, 12 * MINUTE],
  ])('with an interval of %i ms is %i ms', (interval, lead) => {
    expect(leadOf({ ...SCHEDULE, interval })).toBe(lead);
  });
});

describe('the dynamic key that signs', () => {
  const keyring = keyringOf(key('d-1', NOW - HOUR), key('d-2', NOW), key('d-3', NOW + HOUR));

  test.each([
    [NOW - HOUR, 'd-1'],
    [NOW - 1, 'd-1'],
    [NOW, 'd-2'],
    [NOW + HOUR - 1, 'd-2'],
    [NOW + HOUR, 'd-3'],
  ])('at %i is the newest whose time has come: %s', (time, kid) => {
    expect(dynamicKeyAt(keyring, time).kid).toBe(kid);
  });

  test('is the first as long as the time of none has come', () => {
    expect(dynamicKeyAt(keyring, 0).kid).toBe('d-1');
  });

  test('is missed with a message that says so', () => {
    expect(() => dynamicKeyAt(keyringOf(), NOW)).toThrow('The keyring has no dynamic key');
  });
});

describe('the next key is due', () => {
  test('a lead before the newest has signed for an interval', () => {
    const keyring = keyringOf(key('d-1', NOW - HOUR), key('d-2', NOW));
    expect(nextKeyDueAt(keyring, SCHEDULE)).toBe(NOW + SCHEDULE.interval - LEAD);
  });

  test('at once if there is none', () => {
    expect(nextKeyDueAt(keyringOf(), SCHEDULE)).toBe(0);
  });
});

describe('one more key', () => {
  const [first, second, next] = [key('d-1', NOW - 2 * HOUR), key('d-2', NOW - HOUR), key('d-3', NOW + LEAD)];

  test('makes the next version, and stands last; nothing else changes', () => {
    const keyring = keyringOf(second);
    expect(withNextKey(keyring, next, SCHEDULE, NOW)).toEqual({ ...keyring, version: 4, dynamicKeys: [second, next] });
  });

  test('takes its private half from a key that signs no more, which stays published', () => {
    expect(withNextKey(keyringOf(first, second), next, SCHEDULE, NOW).dynamicKeys).toEqual([
      { ...first, privateKey: undefined },
      second,
      next,
    ]);
  });

  test('removes a key two access-token lifetimes after its successor took over', () => {
    const kids = (now: Millis) =>
      withNextKey(keyringOf(first, second), next, SCHEDULE, now).dynamicKeys.map(({ kid }) => kid);
    expect(kids(second.signsFrom + 2 * HOUR - 1)).toEqual(['d-1', 'd-2', 'd-3']);
    expect(kids(second.signsFrom + 2 * HOUR)).toEqual(['d-2', 'd-3']);
  });
});

describe('what is published', () => {
  test('counts for when a key signs; of a key that is not there the keyring knows', () => {
    const keyring = keyringOf(key('d-1', NOW - HOUR), key('d-2', NOW));
    const known = asPublished(keyring, publishedOf(seen('d-1', NOW - 1), seen('s-1')));
    expect(momentsOf(known)).toEqual({ 'd-1': NOW - 1, 'd-2': NOW });
    expect(known).toMatchObject({ version: 3, staticKey: keyring.staticKey });
  });

  test('is version, the moment of the next key, and of each key the public half and its time', () => {
    const keyring = keyringOf(key('d-1', NOW - HOUR), key('d-2', NOW));
    expect(publicPartOf(keyring, SCHEDULE, jwkOf)).toEqual({
      version: 3,
      nextKeyDueAt: NOW + SCHEDULE.interval - LEAD,
      keys: [
        { jwk: jwkOf({ kid: 'd-1', publicKey: 'public d-1' }), signsFrom: NOW - HOUR, until: NOW + 2 * HOUR },
        { jwk: jwkOf({ kid: 'd-2', publicKey: 'public d-2' }), signsFrom: NOW },
        { jwk: jwkOf(keyring.staticKey) },
      ],
    });
  });

  test('says until when of no key that has no successor', () => {
    for (const { jwk, ...published } of publicPartOf(keyringOf(key('d-1', NOW)), SCHEDULE, jwkOf).keys) {
      expect([jwk.kid, Object.keys(published)]).toEqual([jwk.kid, jwk.kid === 's-1' ? [] : ['signsFrom']]);
    }
  });
});

describe('a key that no verifier could see yet', () => {
  const old = key('d-1', NOW - HOUR);
  const stored = publishedOf(seen('d-1', NOW - HOUR), seen('s-1'));
  const published = (keyring: Keyring, before: PublishedKeys | undefined = stored, now = NOW) =>
    momentsOf(delayUnpublishedKeys(keyring, before, SCHEDULE, now));

  test('signs a lead after it is published, however long ago it was made', () => {
    expect(published(keyringOf(old, key('d-2', NOW - 1)))).toEqual({ 'd-1': NOW - HOUR, 'd-2': NOW + LEAD });
  });

  test('signs when it was meant to, if that is later', () => {
    expect(published(keyringOf(old, key('d-2', NOW + LEAD + 1)))).toMatchObject({ 'd-2': NOW + LEAD + 1 });
  });

  test('does not move one that is published', () => {
    const before = publishedOf(seen('d-1', NOW - HOUR), seen('d-2', NOW + 1));
    expect(published(keyringOf(old, key('d-2', NOW - 1)), before)).toMatchObject({ 'd-2': NOW + 1 });
  });

  test.each<[string, Keyring, PublishedKeys | undefined]>([
    ['nothing is published', keyringOf(key('d-2', NOW - 1)), undefined],
    ['the others are not published', keyringOf(old, key('d-2', NOW - 1)), publishedOf(seen('s-1'))],
    ['the other has no private half', keyringOf({ ...old, privateKey: undefined }, key('d-2', NOW - 1)), stored],
    [
      'the time of the other has not come',
      keyringOf(old, key('d-2', NOW - 1)),
      publishedOf(seen('d-1', NOW + 1), seen('s-1')),
    ],
  ])('signs at once as long as no other can: %s', (_what, keyring, before) => {
    expect(published(keyring, before)).toMatchObject({ 'd-2': NOW - 1 });
  });

  test('waits for another whose time has come this moment', () => {
    const before = publishedOf(seen('d-1', NOW));
    expect(published(keyringOf(old, key('d-2', NOW - 1)), before)).toEqual({ 'd-1': NOW, 'd-2': NOW + LEAD });
  });
});
