import { markdownTable, replaceSection } from './benchmark-docs.ts';

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
