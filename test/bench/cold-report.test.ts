import { readFileSync } from 'node:fs';
import { isOwnService } from '../fixtures/own-service.ts';
import { replaceFigures } from './benchmark-docs.ts';
import { memoryTable, timeTable } from './cold-breakdown.ts';
import { coldChart, coldSection, coldSummary, coldTable, FIGURES } from './cold-report.ts';
import type { ColdResult } from './cold-result.ts';
import { ACTIVITIES, type Activity } from './profile-shares.ts';

const result = (name: string, initMs: number, firstMs: number): ColdResult => ({
  ...{ name, initMs, firstMs, cpuMs: initMs, warmMs: 1, zipBytes: 150_000 },
  ...{ initRssBytes: 40e6 + initMs * 1e5, firstRssBytes: 48e6, rssBytes: 50e6 },
});

const RESULTS = [
  result('sessionInfo', 60, 10),
  ...['likeComment', 'signin', 'signinByCode', 'refresh', 'signout', 'middy'].map((name) => result(name, 80, 20)),
  result('bare', 30, 5),
  result('https', 35, 5),
  result('documented', 150, 50),
];

test('the table has milliseconds, and in brackets the ratio to the documented way', () => {
  const [route = ''] = coldTable(RESULTS).split('\n').slice(2);
  expect(route).toBe('| sessionInfo | 70 (0.35 ×) | 60 | 10 | 60 | 1.00 | 50 | 150 |');
});

test('the chart and the table of docs/costs.md have the milliseconds of each function', () => {
  expect(coldChart(RESULTS)).toContain('>70 ms (0.35 ×)<');
  expect(coldSummary(RESULTS)).toContain('| protected route of this service | 70 ms | 150 KB | 50 MB |');
});

const SHARES = Object.fromEntries(ACTIVITIES.map((activity, index) => [activity, 1 + index])) as Record<
  Activity,
  number
>;

test('the table of times has a column for each function, and ends with their sums', () => {
  const [head, , ...rows] = timeTable({ sessionInfo: SHARES, signin: { ...SHARES, 'this service': 10 } }).split('\n');
  expect(head).toBe('| activity | protected route, ms | sign-in, hashing aside, ms |');
  expect(rows).toContain('| this service | 6.0 | 10.0 |');
  expect(rows.at(-1)).toBe('| all | 28.0 | 32.0 |');
});

test('the parts of the memory add up to the peak', () => {
  const [, , ...rows] = memoryTable(RESULTS, ['sessionInfo']).split('\n');
  const figures = rows.map((row) => Number(row.split('|')[2]));
  expect(figures).toEqual([43, 0.5, 2.5, 2, 2, 50]);
});

test('the section of docs/benchmarks.md names its command, and has the table', () => {
  const section = coldSection({ command: 'npm run bench:cold', results: RESULTS, warmInvocations: 25 });
  expect(section).toContain('`npm run bench:cold`');
  expect(section).toContain(coldTable(RESULTS));
});

test('a run without the function that the others are compared with is an error', () => {
  expect(() => coldTable(RESULTS.slice(0, 2))).toThrow('The function documented was not measured');
});

/** A clone of its own name may have another README. */
const OF_THIS_PROJECT = FIGURES.filter(({ page }) => !(isOwnService && page === 'README.md'));

test.each(OF_THIS_PROJECT)('$page has the sentence whose figures a run replaces: $text', ({ page, text, of }) => {
  const figures = of.map((_name, index) => `figure${index}`);
  const changed = replaceFigures(readFileSync(page, 'utf8'), text, figures);
  for (const figure of figures) expect(changed).toContain(`${figure} ms`);
});
