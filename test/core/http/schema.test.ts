import {
  flag,
  object,
  optional,
  parseBody,
  queryFlag,
  readFields,
  sessionHandles,
  text,
  userId,
  wholeNumber,
} from '../../../lib/core/http/schema.ts';
import type { JsonObject } from '../../../lib/core/types.ts';

const invalid = (name: string): string => `Field name '${name}' is invalid in JSON input`;

test.each([undefined, '', 'null', '[]', '"a"', '1', '{', "{'a':1}", '{"a":1} trailing', '{"a":01}'])(
  'a body that is no JSON object is rejected: %j',
  (body) => {
    expect(() => parseBody(body)).toThrow('Invalid Json Input');
  },
);

describe('A field', () => {
  const fields = { a: text, b: optional(flag) };

  test('that is unknown is ignored', () => {
    expect(readFields(fields, { a: 'x', b: true, c: 1 })).toEqual({ a: 'x', b: true });
  });

  test('that is missing is rejected, unless it is optional', () => {
    expect(readFields(fields, { a: 'x' })).toEqual({ a: 'x', b: undefined });
    expect(() => readFields(fields, { b: true })).toThrow(invalid('a'));
  });

  test('that is null is not missing, but of a wrong type', () => {
    expect(() => readFields(fields, { a: null })).toThrow(invalid('a'));
    expect(() => readFields(fields, { a: 'x', b: null })).toThrow(invalid('b'));
  });

  test('that every object inherits is missing all the same', () => {
    expect(() => readFields({ constructor: text }, {})).toThrow(invalid('constructor'));
  });

  test('is named first that comes first', () => {
    expect(() => readFields(fields, { b: 1 } as JsonObject)).toThrow(invalid('a'));
  });
});

const accepts = (field: typeof text | typeof flag | typeof wholeNumber | typeof object, value: JsonObject[string]) =>
  field.read(value) !== undefined;

test('a text, a flag, a number and an object are nothing else', () => {
  const values = { text: 'true', flag: false, wholeNumber: 1, object: {}, list: [], nothing: null, fraction: 1.5 };
  const accepted = Object.entries({ text, flag, wholeNumber, object }).map(([name, field]) => [
    name,
    Object.entries(values).flatMap(([kind, value]) => (accepts(field, value) ? [kind] : [])),
  ]);
  expect(Object.fromEntries(accepted)).toEqual({
    text: ['text'],
    flag: ['flag'],
    wholeNumber: ['wholeNumber'],
    object: ['object'],
  });
});

test('session handles are a list of texts', () => {
  expect(sessionHandles.read([])).toEqual([]);
  expect(sessionHandles.read(['a', 'b'])).toEqual(['a', 'b']);
  expect(sessionHandles.read(['a', 1])).toBeUndefined();
  expect(sessionHandles.read('a')).toBeUndefined();
});

describe('A user id', () => {
  test('is any text of 1 to 2,000 bytes', () => {
    expect(userId.read('a')).toBe('a');
    expect(userId.read('ä'.repeat(1000))).toBe('ä'.repeat(1000));
    expect(userId.read(' Ünï\n🙂 ')).toBe(' Ünï\n🙂 ');
  });

  test('is not empty, and no longer than a key of DynamoDB can be', () => {
    expect(userId.read('')).toBeUndefined();
    expect(userId.read(`${'ä'.repeat(1000)}a`)).toBeUndefined();
  });

  test('is well-formed Unicode, for others would become one and the same in the store', () => {
    expect(userId.read('\ud800')).toBeUndefined();
    expect(userId.read('a\udc00b')).toBeUndefined();
  });
});

test.each([
  ['', true],
  ['f=true', true],
  ['f=maybe', true],
  ['f=', true],
  ['f=false', false],
  ['f=FALSE', false],
])('a flag in a query is true unless it is `false`: %j', (query, expected) => {
  expect(queryFlag(new URLSearchParams(query), 'f')).toBe(expected);
});
