import { readFileSync } from 'node:fs';

const sections = readFileSync('SECURITY.md', 'utf8').split(/^(?=##)/m);
const titleOf = (section: string): string => section.split('\n', 1)[0] ?? '';
const namesTest = (text: string): boolean => /\]\(test\/[\w/-]+(?:\.slow)?\.test\.ts\)/.test(text);

test.each(sections.filter((section) => section.startsWith('### ')).map((section) => [titleOf(section), section]))(
  'SECURITY.md, %s: names the tests of its protections',
  (_title, section) => expect(namesTest(section)).toBe(true),
);

/** Rules that describe a limit of SuperTokens, which no test of ours shows. */
const LIMITS = ['Two cases of claim updates stay as in the official core.'];

test('SECURITY.md, every numbered rule names its test, or is a limit', () => {
  const rules = sections.flatMap((section) => section.split(/^(?=\d+\. \*\*)/m).slice(1));
  expect(rules.length).toBeGreaterThan(20);
  const withoutTest = rules.filter((rule) => !namesTest(rule));
  expect(withoutTest.map((rule) => /\*\*(.*?)\*\*/s.exec(rule)?.[1]?.replaceAll(/\s+/g, ' '))).toEqual(LIMITS);
});
