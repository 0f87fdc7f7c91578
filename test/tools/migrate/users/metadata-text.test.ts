import { metadataText } from '../../../../lib/tools/migrate/users/metadata-text.ts';

test.each([
  ['keys in another order', '{"b":1,"a":{"d":2,"c":[{"f":3,"e":4}]}}', '{"a":{"c":[{"e":4,"f":3}],"d":2},"b":1}'],
  ['white space', '{ "a" : [ 1 , 2 ] }', '{"a":[1,2]}'],
  ['numbers that a JavaScript number does not hold', '{"a":1.0,"b":12345678901234567890}', undefined],
  ['keys that look like numbers', '{"b":0,"10":1,"9":2}', '{"10":1,"9":2,"b":0}'],
  ['a key that objects have a meaning for', '{"b":1,"__proto__":{"a":2}}', '{"__proto__":{"a":2},"b":1}'],
  ['characters that can be written in two ways', '{"a":"\\u00fc\\/"}', '{"a":"ü/"}'],
])('metadata is written alike: %s', (_what, text, expected = text) => {
  expect(metadataText(text)).toBe(expected);
  expect(metadataText(expected)).toBe(expected);
});

test('an empty object is as no metadata', () => {
  expect(metadataText('{}')).toBeNull();
});

test.each(['', '{', '[]', 'null', '1.0', '"text"'])('%j is no metadata', (text) => {
  expect(metadataText(text)).toBeUndefined();
});
