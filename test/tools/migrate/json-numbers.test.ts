import fc from 'fast-check';
import { changeOf, parseJson } from '../../../lib/tools/migrate/json-numbers.ts';

describe('a number of a JSON text', () => {
  test.each([
    ['0', 'none'],
    ['-1', 'none'],
    ['0.5', 'none'],
    ['9007199254740991', 'none'],
    ['1e+21', 'value'],
    ['1.0', 'notation'],
    ['-0.0', 'notation'],
    ['-0', 'notation'],
    ['0.10', 'notation'],
    ['1e2', 'notation'],
    ['1E-7', 'notation'],
    ['1e-7', 'none'],
    ['0.1000000000000000055511151231257827', 'value'],
    ['0.1234567890123456789', 'value'],
    ['1.00000000000000000001', 'value'],
    ['9007199254740993', 'value'],
    ['12345678901234567890', 'value'],
    ['1e400', 'value'],
    ['1e-400', 'value'],
  ])('%s: what changes is %s', (source, expected) => {
    expect(changeOf(Number(source), source)).toBe(expected);
  });

  test('that JavaScript has written itself does not change', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        fc.pre(Math.abs(value) <= Number.MAX_SAFE_INTEGER && !Object.is(value, -0));
        expect(changeOf(value, JSON.stringify(value))).toBe('none');
      }),
    );
  });

  test('is the same number in every notation, and another one with one more digit than a double has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 9 }), (digits, places) => {
        const text = `${digits}.${'0'.repeat(places)}`;
        expect(changeOf(Number(text), text)).toBe('notation');
        const more = `${digits}.${'0'.repeat(17)}${places}`;
        expect(changeOf(Number(more), more)).toBe('value');
      }),
    );
  });
});

test('a text is parsed as JSON.parse does, and names the numbers that change at any depth', () => {
  const text = '{"a":[1.0,{"b":-0.0}],"c":"1.0","d":12345678901234567890,"e":1.5}';
  expect(parseJson(text)).toEqual({
    value: JSON.parse(text),
    changed: { notation: ['1.0', '-0.0'], value: ['12345678901234567890'] },
  });
  expect(parseJson('{"a":1}')).toEqual({ value: { a: 1 }, changed: { notation: [], value: [] } });
  expect(() => parseJson('{"a":1.0')).toThrow(SyntaxError);
});

test('any JSON text that JavaScript has written is taken as it is', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const text = JSON.stringify(JSON.parse(json, (_, value) => (Number.isSafeInteger(value) ? value + 0.5 : value)));
      const { value, changed } = parseJson(text);
      expect(value).toEqual(JSON.parse(text));
      expect(changed.notation).toEqual([]);
    }),
  );
});
