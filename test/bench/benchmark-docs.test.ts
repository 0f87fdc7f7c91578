import { latencyCell, markdownTable, replaceFigures, replaceSection, sizeTable } from './benchmark-docs.ts';

test('a section is added at the end, and then replaced; those of others stay', () => {
  const first = replaceSection('# Benchmarks\n', 'one', 'old');
  const second = replaceSection(first, 'two', 'other');
  const third = replaceSection(second, 'one', 'new\n');
  expect(third).toBe(
    '# Benchmarks\n\n<!-- begin one -->\nnew\n<!-- end one -->\n\n<!-- begin two -->\nother\n<!-- end two -->\n',
  );
  expect(replaceSection(third, 'one', 'new')).toBe(third);
});

test('a table', () => {
  expect(markdownTable(['name', 'ms'], [['a', '1']])).toBe('| name | ms |\n|---|--:|\n| a | 1 |');
});

test('a table by sizes has a row for each operation, and a dash where nothing was measured', () => {
  const results = [
    { operation: 'list', size: 1000, p50Ms: 2, p99Ms: 3.456 },
    { operation: 'list', size: 1, p50Ms: 1, p99Ms: 9 },
    { operation: 'count', size: 1, p50Ms: 4, p99Ms: 5 },
  ];
  expect(sizeTable('operation', results, { unit: 'user', cellOf: latencyCell })).toBe(
    '| operation | 1 user | 1,000 users |\n|---|--:|--:|\n' +
      '| list | 1.00 (9.00) | 2.00 (3.46) |\n| count | 4.00 (5.00) | – |',
  );
});

test('the figures of a sentence are replaced, each in its place', () => {
  const text = 'A route takes 72 ms instead of 170 ms. It has 72 lines.';
  const sentence = /takes (\d+) ms instead of (\d+) ms/;
  expect(replaceFigures(text, sentence, ['9', '1000'])).toBe('A route takes 9 ms instead of 1000 ms. It has 72 lines.');
  expect(() => replaceFigures('Nothing.', sentence, ['1', '2'])).toThrow('There is not one sentence');
  expect(() => replaceFigures(text + text, sentence, ['1', '2'])).toThrow('There is not one sentence');
});
