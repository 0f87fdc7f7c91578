import { createHash } from 'node:crypto';
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose';
import type { Json } from '../../lib/core/types.ts';
import type { RecordedResponse } from './exchange.ts';
import { type Circumstances, faultsOf, faultsOfAnswer } from './matching.ts';
import { verifyJwts } from './signatures.ts';
import type { Answer } from './target.ts';

/** As it is written in an exchange. */
const ref = (name: string): string => `\${${name}}`;

const UUID = 'f2b1c7de-6a55-4c43-9d0c-6f6a2f0b7c11';
const HASH = createHash('sha256').update('the token').digest('hex');
const MOMENT = 1_700_000_000_500;

const circumstances: Circumstances = {
  known: {
    user: 'user-1',
    phone: '+16505550100',
    phone2: '+16505550101',
    answers: new Map([['create', { token: 'the token', keys: [{ kid: 'd-1' }] }]]),
  },
  moment: MOMENT,
  jwts: new Map([['signed', { header: { alg: 'RS256' }, payload: { sub: 'user-1', a: 1 } }]]),
};

const matches = (expected: Json, actual: Json | undefined): boolean =>
  faultsOf(expected, actual, circumstances).length === 0;

describe('A plain value is compared exactly', () => {
  test.each<[Json, Json | undefined]>([
    ['a', 'A'],
    ['a', 'a\n'],
    ['1', 1],
    [1, '1'],
    [1, 2],
    [0, false],
    [false, null],
    [null, undefined],
    [true, false],
    ['', undefined],
    [null, 'null'],
  ])('%j is not %j', (expected, actual) => {
    expect(matches(expected, actual)).toBe(false);
    expect(matches(expected, expected)).toBe(true);
  });
});

describe('An object has the same members, no more and no less', () => {
  const expected = { a: 1, b: { c: null } };

  test.each<[string, Json]>([
    ['one more', { a: 1, b: { c: null }, d: 1 }],
    ['one more, deep inside', { a: 1, b: { c: null, d: 1 } }],
    ['one fewer', { b: { c: null } }],
    ['one fewer that is expected to be null', { a: 1, b: {} }],
    ['another value', { a: 2, b: { c: null } }],
    ['a list', [1, { c: null }]],
    ['a text', '{"a":1}'],
    ['nothing', null],
  ])('%s is a fault', (_what, actual) => {
    expect(matches(expected, actual)).toBe(false);
  });

  test('the order of members does not matter', () => {
    expect(matches(expected, { b: { c: null }, a: 1 })).toBe(true);
  });

  test('an inherited member is none', () => {
    expect(matches({ toString: { $is: 'text' } }, {})).toBe(false);
    expect(matches({}, Object.fromEntries([['constructor', 'x']]))).toBe(false);
  });
});

describe('A list has the same items in the same order', () => {
  test.each<[string, Json]>([
    ['another order', [2, 1]],
    ['one more', [1, 2, 3]],
    ['one fewer', [1]],
    ['an object', { 0: 1, 1: 2 }],
  ])('%s is a fault', (_what, actual) => {
    expect(matches([1, 2], actual)).toBe(false);
    expect(matches([1, 2], [1, 2])).toBe(true);
  });
});

const REFRESH_TOKEN = `${Buffer.from('something sealed').toString('base64')}.${HASH}.V2`;
const MODULUS = Buffer.alloc(256, 0xc5).toString('base64url');

describe('$is', () => {
  test.each<[string, string, Json[]]>([
    ['uuid', UUID, [UUID.toUpperCase(), `${UUID}_t1`, UUID.slice(1), UUID.replaceAll('-', ''), '', 1, null]],
    [
      'refreshToken',
      REFRESH_TOKEN,
      [
        REFRESH_TOKEN.replace('V2', 'V1'),
        `x${REFRESH_TOKEN}`,
        REFRESH_TOKEN.replace('.', ''),
        REFRESH_TOKEN.toUpperCase(),
        `.${HASH}.V2`,
        `${REFRESH_TOKEN}.V2`,
      ],
    ],
    ['sha256', HASH, [HASH.toUpperCase(), HASH.slice(1), `${HASH}0`, '']],
    ['modulus', MODULUS, [MODULUS.slice(1), `${MODULUS}A`, Buffer.alloc(256, 0x7f).toString('base64url'), '']],
    ['dynamicKid', 'd-1700000000000', ['s-1700000000000', 'd-', 'd-1a', 'd-1700000000000 ', 17]],
    ['staticKid', `s-${UUID}`, [`d-${UUID}`, 's-', UUID]],
    ['text', 'any', ['', 1, null, ['any'], { any: 1 }]],
  ])('%s matches its kind and nothing else', (kind, good, bad) => {
    expect(matches({ $is: kind }, good)).toBe(true);
    for (const value of [...bad, undefined]) expect([value, matches({ $is: kind }, value)]).toEqual([value, false]);
  });
});

describe('References', () => {
  test('are replaced by what they refer to', () => {
    expect(matches(ref('user'), 'user-1')).toBe(true);
    expect(matches(ref('user'), 'user-2')).toBe(false);
    expect(matches(`is ${ref('create.keys.0.kid')}!`, 'is d-1!')).toBe(true);
    expect(matches(ref('create.keys.0.kid'), ref('create.keys.0.kid'))).toBe(false);
  });

  test('to what no answer has are a fault, whatever was answered', () => {
    for (const missing of ['create.missing', 'later.token', 'create.keys', 'create.token.length']) {
      const fault = `body: No answer so far has a text at ${missing}`;
      expect(faultsOf(ref(missing), undefined, circumstances)).toEqual([fault]);
      expect(faultsOf({ $sha256: ref(missing) }, undefined, circumstances)).toEqual([fault]);
    }
  });

  test('$sha256 is the hash of one', () => {
    expect(matches({ $sha256: ref('create.token') }, HASH)).toBe(true);
    expect(matches({ $sha256: ref('create.token') }, HASH.toUpperCase())).toBe(false);
    expect(matches({ $sha256: ref('user') }, HASH)).toBe(false);
    expect(matches({ $sha256: ref('create.token') }, undefined)).toBe(false);
  });
});

describe('$time is the moment of the request plus an offset, give or take three seconds', () => {
  test.each<[string, number, number]>([
    ['ms', 60_000, MOMENT + 60_000],
    ['ms', 0, MOMENT - 3000],
    ['ms', 0, MOMENT + 3000],
    ['s', 3600, 1_700_003_600],
    ['s', 0, 1_700_000_003],
  ])('in %s, offset %i: %i', (unit, offset, actual) => {
    expect(matches({ $time: unit, offset }, actual)).toBe(true);
  });

  test.each<[string, number, Json]>([
    ['ms', 60_000, MOMENT],
    ['ms', 0, MOMENT - 3001],
    ['ms', 0, MOMENT + 3001],
    ['ms', 0, 1_700_000_000],
    ['s', 0, MOMENT],
    ['s', 3600, 1_700_000_000],
    ['s', 0, 1_700_000_004],
    ['s', 0, 1_700_000_000.5],
    ['ms', 0, String(MOMENT)],
    ['ms', 0, null],
  ])('in %s, offset %i, not %j', (unit, offset, actual) => {
    expect(matches({ $time: unit, offset }, actual)).toBe(false);
  });
});

describe('$unordered is the same items in any order', () => {
  const expected = { $unordered: ['a', { $is: 'uuid' }, 'a'] };

  test('each of them as often as it is expected', () => {
    expect(matches(expected, [UUID, 'a', 'a'])).toBe(true);
    expect(matches(expected, ['a', UUID, UUID])).toBe(false);
    expect(matches(expected, ['a', UUID])).toBe(false);
    expect(matches(expected, ['a', 'a', UUID, UUID])).toBe(false);
    expect(matches(expected, 'a')).toBe(false);
  });
});

describe('$jwt', () => {
  const expected = { $jwt: { header: { alg: 'RS256' }, payload: { sub: ref('user'), a: 1 } } };

  test('has exactly the expected members', () => {
    expect(matches(expected, 'signed')).toBe(true);
    expect(matches({ $jwt: { header: { alg: 'RS256' }, payload: { sub: ref('user') } } }, 'signed')).toBe(false);
    expect(matches({ $jwt: { header: {}, payload: { sub: ref('user'), a: 1 } } }, 'signed')).toBe(false);
    expect(matches({ $jwt: { header: { alg: 'RS256' }, payload: { sub: 'x', a: 1 } } }, 'signed')).toBe(false);
  });

  test('must be one whose signature is good', () => {
    expect(matches(expected, 'unsigned')).toBe(false);
    expect(matches(expected, undefined)).toBe(false);
  });
});

test.each<[string, Json]>([
  ['a pattern', { $isnt: 'uuid' }],
  ['a kind', { $is: 'number' }],
  ['a unit of time', { $time: 'h', offset: 0 }],
])('%s that is not known is an error, for it would check nothing', (_what, pattern) => {
  expect(() => matches(pattern, 'x')).toThrow('There is no');
});

describe('An answer', () => {
  const recorded: RecordedResponse = {
    status: 200,
    contentType: 'application/json;charset=UTF-8',
    cacheControl: 'max-age=<seconds>, must-revalidate',
    json: { status: 'OK' },
  };
  const answer: Answer = {
    status: 200,
    contentType: 'application/json; charset=utf-8',
    cacheControl: 'max-age=60, must-revalidate',
    body: '{"status":"OK"}\n',
    json: { status: 'OK' },
  };

  test('matches without regard to case and blanks of its content type, and to the seconds of its caching', () => {
    expect(faultsOfAnswer(recorded, answer, circumstances)).toEqual([]);
  });

  test.each<[string, Partial<Answer>]>([
    ['status', { status: 201 }],
    ['content-type', { contentType: 'application/json' }],
    ['content-type', { contentType: undefined }],
    ['cache-control', { cacheControl: 'max-age=60' }],
    ['cache-control', { cacheControl: 'max-age=, must-revalidate' }],
    ['cache-control', { cacheControl: undefined }],
    ['body', { json: { status: 'KO' } }],
    ['body', { json: undefined }],
  ])('with another %s does not', (part, change) => {
    const faults = faultsOfAnswer(recorded, { ...answer, ...change }, circumstances);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${part}`));
  });

  test('may be cached only where that was recorded', () => {
    const { cacheControl: _, ...uncached } = recorded;
    expect(faultsOfAnswer(uncached, answer, circumstances)).toHaveLength(1);
  });

  test('that is a text is compared to its last line break', () => {
    const text = { status: 404, contentType: 'text/html', text: 'Not found\n' };
    const given = { status: 404, contentType: 'text/html', cacheControl: undefined, json: undefined };
    expect(faultsOfAnswer(text, { ...given, body: 'Not found\n' }, circumstances)).toEqual([]);
    expect(faultsOfAnswer(text, { ...given, body: 'Not found' }, circumstances)).toHaveLength(1);
    expect(faultsOfAnswer({ ...text, text: { $is: 'text' } }, { ...given, body: '' }, circumstances)).toHaveLength(1);
  });
});

describe('Signatures', () => {
  const sign = (key: CryptoKey, header = { alg: 'RS256', kid: 'd-1' }) =>
    new CompactSign(new TextEncoder().encode('{"sub":"u"}')).setProtectedHeader(header).sign(key);

  const makeKeys = async () => {
    const published = await generateKeyPair('RS256', { extractable: true });
    const other = await generateKeyPair('RS256', { extractable: true });
    const jwks: JSONWebKeySet = { keys: [{ ...(await exportJWK(published.publicKey)), kid: 'd-1', alg: 'RS256' }] };
    return { published: published.privateKey, other: other.privateKey, readKeys: async () => jwks };
  };

  test('a JWT is taken apart, wherever it stands, if a published key has signed it', async () => {
    const { published, readKeys } = await makeKeys();
    const jwt = await sign(published);
    const verified = await verifyJwts({ a: [{ token: jwt }] }, readKeys);
    expect(verified).toEqual(new Map([[jwt, { header: { alg: 'RS256', kid: 'd-1' }, payload: { sub: 'u' } }]]));
  });

  test('a JWT is left out that another key has signed, that was changed, or that has no signature', async () => {
    const { published, other, readKeys } = await makeKeys();
    const [header = '', payload = '', signature = ''] = (await sign(published)).split('.');
    const none = Buffer.from('{"alg":"none","kid":"d-1"}').toString('base64url');
    const forged = {
      otherKey: await sign(other),
      otherKid: await sign(published, { alg: 'RS256', kid: 'd-2' }),
      changed: `${header}.${Buffer.from('{"sub":"v"}').toString('base64url')}.${signature}`,
      unsigned: `${header}.${payload}.`,
      none: `${none}.${payload}.`,
      noneButSigned: `${none}.${payload}.${signature}`,
    };
    expect(await verifyJwts(forged, readKeys)).toEqual(new Map());
  });
});
