import { readFileSync } from 'node:fs';

test('docs/commands.md lists every npm script', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const page = readFileSync('docs/commands.md', 'utf8');
  const listed = [...page.matchAll(/`npm (?:run )?([\w:]+)[ `]/g)].map(([, name = '']) => name);
  expect(Object.keys(scripts).filter((name) => !listed.includes(name))).toEqual([]);
});
