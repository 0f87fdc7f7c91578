import fc from 'fast-check';
import { parseJson } from '../../lib/core/json.ts';

test.each([
  '{"a":1.0}',
  '{"a":-0}',
  '{"a":-0.0}',
  '{"a":1e400}',
  '{"a":1E3}',
  '{"a":9007199254740993}',
  '{"a":-12345678901234567890}',
  '{"a":0.1234567890123456789}',
  '[1.50,{"b":[2.0]},3.5]',
  '1.0',
])('%s is written as it was read', (text) => {
  expect(JSON.stringify(parseJson(text))).toBe(text);
});

test('numbers that JavaScript writes as they were stay numbers', () => {
  const text = '{"a":1,"b":-2.5,"c":1e+21,"d":9007199254740991,"e":"1.0 and 9007199254740993"}';
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test('whatever JavaScript writes is read as JSON.parse reads it', () =>
  fc.assert(
    fc.property(fc.json(), (text) => {
      const written = JSON.stringify(JSON.parse(text));
      expect(parseJson(written)).toEqual(JSON.parse(written));
    }),
  ));

test('every number is written as it was read', () => {
  const digits = fc.stringMatching(/^(0|[1-9]\d{0,24})$/);
  const fraction = fc.stringMatching(/^(\.\d{1,24})?$/);
  const exponent = fc.stringMatching(/^([eE][+-]?\d{1,3})?$/);
  fc.assert(
    fc.property(fc.constantFrom('', '-'), digits, fraction, exponent, (...parts) => {
      const text = `{"a":[${parts.join('')}]}`;
      expect(JSON.stringify(parseJson(text))).toBe(text);
    }),
  );
});

test.each(['', '{', '01', '1.', '{"a":1.0'])('what is no JSON throws: %j', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
