import { parse as parseYaml } from 'yaml';
import { appendEntry, keysAt, removeEntry } from '../../../lib/tools/serverless-yml/entries.ts';

/** CloudFormation's tags are no error. */
const parse = (text: string) => parseYaml(text, { logLevel: 'silent' });

const FUNCTIONS = ['functions'];
const RESOURCES = ['resources', 'Resources'];

/** As serverless.yml is laid out: the engine's part comes from files, the user's part is the last map of each list. */
const TEXT = `service: shop # our shop
functions:
  - \${file(lib/build/stack/functions.yml)}
  - # Your functions.
    first:
      handler: handlers/first.handler # stays
    # About the second.
    second:
      handler: handlers/second.handler

resources:
  - Resources: \${file(lib/build/stack/tables.yml)}
  - Resources:
      # Your tables.
      FirstTable: { Type: AWS::DynamoDB::Table }
      Role:
        Arn: !GetAtt FirstTable.Arn

# The engine's part.
package:
  individually: true
`;
const ENTRY = 'third:\n  handler: handlers/third.handler\n';

test('an entry is appended to the last map of a list, and nothing else changes', () => {
  const before = '      handler: handlers/second.handler\n';
  const after = `${before}    third:\n      handler: handlers/third.handler\n`;
  expect(appendEntry(TEXT, FUNCTIONS, ENTRY)).toBe(TEXT.replace(before, after));
});

test('an entry is appended to a map within a map of the list', () => {
  const before = '        Arn: !GetAtt FirstTable.Arn\n';
  const after = `${before}      Third:\n        Type: AWS::SQS::Queue\n`;
  expect(appendEntry(TEXT, RESOURCES, 'Third:\n  Type: AWS::SQS::Queue\n')).toBe(TEXT.replace(before, after));
});

test('an entry is appended to a section that is a plain map, at the end of a file without a last newline', () => {
  expect(appendEntry('functions:\n  first: {}\n', FUNCTIONS, 'second: {}\n')).toBe(
    'functions:\n  first: {}\n  second: {}\n',
  );
  expect(appendEntry('functions:\n  first: {}', FUNCTIONS, 'second: {}\n')).toBe(
    'functions:\n  first: {}\n  second: {}\n',
  );
});

test.each(['functions: {}\n', 'functions:\n  {}\n', 'functions:\n  - {}\n', 'functions:\n  - # Yours.\n    {}\n'])(
  'an entry is appended to the empty map of %j',
  (text) => {
    const appended = appendEntry(appendEntry(text, FUNCTIONS, ENTRY), FUNCTIONS, ENTRY.replaceAll('third', 'fourth'));
    const expected = { third: { handler: 'handlers/third.handler' }, fourth: { handler: 'handlers/fourth.handler' } };
    expect([parse(appended).functions].flat()).toEqual([expected]);
  },
);

test('a section that does not exist is an error that names it', () => {
  expect(() => appendEntry('service: shop\n', RESOURCES, ENTRY)).toThrow('serverless.yml has no resources.Resources');
});

test('text that is not YAML is an error', () => {
  expect(() => appendEntry('functions: {', FUNCTIONS, ENTRY)).toThrow('serverless.yml is not valid YAML');
});

test('an appended entry can be removed again', () => {
  expect(removeEntry(appendEntry(TEXT, FUNCTIONS, ENTRY), FUNCTIONS, 'third')).toBe(TEXT);
});

test('an entry is removed with the comment above it', () => {
  const entry = '    # About the second.\n    second:\n      handler: handlers/second.handler\n';
  expect(removeEntry(TEXT, FUNCTIONS, 'second')).toBe(TEXT.replace(entry, ''));
});

test('the first entry is removed without the comment that is about the whole map', () => {
  const entry = '    first:\n      handler: handlers/first.handler # stays\n    # About the second.\n';
  const without = removeEntry(TEXT, FUNCTIONS, 'first');
  expect(without).toBe(TEXT.replace(entry, '    # About the second.\n'));
  expect(parse(without).functions[1]).toEqual({ second: { handler: 'handlers/second.handler' } });
});

test('the last entry leaves an empty map, which says what to do with it and takes entries again', () => {
  const without = ['first', 'second'].reduce((text, key) => removeEntry(text, FUNCTIONS, key), TEXT);
  expect(parse(without).functions[1]).toEqual({});
  expect(without).toContain('# Your functions.');
  expect(without).toContain('    {} # Replace {} by your first entry.\n');
  const appended = appendEntry(without, FUNCTIONS, ENTRY);
  expect(keysAt(appended, FUNCTIONS)).toEqual(['third']);
  expect(appended).not.toContain('Replace {}');
});

test('an entry that does not exist changes nothing', () => {
  expect(removeEntry(TEXT, FUNCTIONS, 'unknown')).toBe(TEXT);
});
