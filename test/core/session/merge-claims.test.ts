import fc from 'fast-check';
import { mergeClaims } from '../../../lib/core/session/rules/merge-claims.ts';
import type { JsonObject } from '../../../lib/core/types.ts';

test.each<[string, JsonObject, JsonObject, JsonObject, JsonObject]>([
  ['a claim removed from the row stays removed', { roles: ['admin'] }, {}, { roles: ['admin'], n: 1 }, { n: 1 }],
  ['a claim added to the row stays', { a: 1 }, { a: 1, b: 2 }, { a: 3 }, { a: 3, b: 2 }],
  ['a claim changed in the row stays so', { a: 1 }, { a: 2 }, { a: 1, b: 3 }, { a: 2, b: 3 }],
  ['a claim that the caller removes is removed', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 2 }, { b: 3 }],
  ['a claim that both change is the caller’s', { a: 1 }, { a: 2 }, { a: 3 }, { a: 3 }],
  ['the order of members is no change', { a: { x: 1, y: 2 } }, { a: 5 }, { a: { y: 2, x: 1 } }, { a: 5 }],
  ['null is a value', { a: null }, { a: 1 }, { a: null }, { a: 1 }],
  [
    'names of Object.prototype are names as any',
    {},
    { toString: 1 },
    { constructor: 2 },
    { toString: 1, constructor: 2 },
  ],
])('%s', (_what, presented, stored, wanted, merged) => {
  expect(mergeClaims(presented, stored, wanted)).toEqual(merged);
});

const claims = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.nat(2)) as fc.Arbitrary<JsonObject>;

test('without a change elsewhere the claims are those that the caller wants', () =>
  fc.assert(fc.property(claims, claims, (base, wanted) => expect(mergeClaims(base, base, wanted)).toEqual(wanted))));

test('without a change by the caller the claims are those of the row', () =>
  fc.assert(fc.property(claims, claims, (base, stored) => expect(mergeClaims(base, stored, base)).toEqual(stored))));
