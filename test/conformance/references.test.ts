import type { Json } from '../../lib/core/types.ts';
import { type Known, resolveJson, resolveText } from './references.ts';

/** As it is written in an exchange. */
const ref = (name: string): string => `\${${name}}`;

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part: string | undefined): unknown => JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

const HEADER = { alg: 'RS256', kid: 'd-17' };
const PAYLOAD = { sub: 'user-1', exp: 1 };
const JWT = `${encode(HEADER)}.${encode(PAYLOAD)}.c2lnbmF0dXJl`;
const REFRESH_TOKEN = `c2VhbGVkIHRleHQ=.${'ab'.repeat(32)}.V2`;

const known: Known = {
  user: 'user-1',
  phone: '+16505550100',
  phone2: '+16505550101',
  answers: new Map<string, Json>([['a', { jwt: JWT, refresh: REFRESH_TOKEN, handle: 'x_ÿ&', list: ['p', 'q'] }]]),
};

const tampered = (filter: string): (string | undefined)[] => resolveText(ref(`a.jwt|${filter}`), known).split('.');
const [header, payload, signature] = JWT.split('.');

test('references are replaced in every text of a body, and nothing else is', () => {
  const body = {
    userId: ref('user'),
    deep: [{ handle: `a ${ref('a.list.1')} b ${ref('user')}` }],
    n: 1,
    no: null,
    yes: true,
  };
  expect(resolveJson(body, known)).toEqual({
    userId: 'user-1',
    deep: [{ handle: 'a q b user-1' }],
    n: 1,
    no: null,
    yes: true,
  });
});

test('|url encodes', () => {
  expect(resolveText(`?h=${ref('a.handle|url')}`, known)).toBe('?h=x_%C3%BF%26');
});

test('|badSignature changes the signature alone', () => {
  const [h, p, s] = tampered('badSignature');
  expect([h, p]).toEqual([header, payload]);
  expect(s).not.toBe(signature);
  expect(s).toHaveLength(signature?.length ?? 0);
});

test('|otherPayload changes the user alone', () => {
  const [h, p, s] = tampered('otherPayload');
  expect([h, s]).toEqual([header, signature]);
  expect(decode(p)).toEqual({ ...PAYLOAD, sub: 'someone-else' });
});

test('|noSignature leaves header and payload, and the dot behind them', () => {
  expect(tampered('noSignature')).toEqual([header, payload, '']);
});

test('|algNone says so in the header, and has no signature', () => {
  const [h, p, s] = tampered('algNone');
  expect(decode(h)).toEqual({ ...HEADER, alg: 'none' });
  expect([p, s]).toEqual([payload, '']);
});

test('|otherKid names another key', () => {
  const [h, p, s] = tampered('otherKid');
  expect(decode(h)).toEqual({ ...HEADER, kid: 'd-1' });
  expect([p, s]).toEqual([payload, signature]);
});

test('|otherNonce changes the first character of the middle part of a refresh token', () => {
  expect(resolveText(ref('a.refresh|otherNonce'), known)).toBe(REFRESH_TOKEN.replace('.ab', '.0b'));
});

test('|flip changes one character of a refresh token, a quarter in', () => {
  const flipped = resolveText(ref('a.refresh|flip'), known);
  const differing = [...flipped].flatMap((character, at) => (character === REFRESH_TOKEN[at] ? [] : [at]));
  expect(differing).toEqual([Math.floor(REFRESH_TOKEN.length / 4)]);
});

test('an unknown filter is an error', () => {
  expect(() => resolveText(ref('user|upside-down'), known)).toThrow('There is no filter upside-down');
});
