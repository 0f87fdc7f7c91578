import { readdirSync, readFileSync } from 'node:fs';

const RECORDS = readdirSync('docs/decisions').sort();

const titleOf = (record: string): string =>
  /^# \d+[.] (.*)$/m.exec(readFileSync(`docs/decisions/${record}`, 'utf8'))?.[1] ?? 'no title';

test('docs/architecture.md lists every decision by its number and title', () => {
  const listed = [...readFileSync('docs/architecture.md', 'utf8').matchAll(/^[|] (\d+) [|] (.*) [|]$/gm)];
  expect(listed.map(([, number, link]) => `${number} ${link}`)).toEqual(
    RECORDS.map((record) => `${Number(record.slice(0, 3))} [${titleOf(record)}](decisions/${record})`),
  );
});

test.each(RECORDS)('%s has its number, a context, a decision and consequences', (record) => {
  const text = readFileSync(`docs/decisions/${record}`, 'utf8');
  expect(text.startsWith(`# ${Number(record.slice(0, 3))}. `)).toBe(true);
  expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
    'Context',
    'Decision',
    'Consequences',
  ]);
});

test('the numbers of the decisions have no gap', () => {
  expect(RECORDS.map((record) => Number(record.slice(0, 3)))).toEqual(RECORDS.map((_, index) => index + 1));
});
