import { readFileSync } from 'node:fs';
import { replaceFigures } from './benchmark-docs.ts';
import { type ColdResult, coldChart, coldSummary, coldTable, FIGURES } from './cold-report.ts';

const result = (name: string, initMs: number, firstMs: number): ColdResult => ({
  ...{ name, initMs, firstMs, cpuMs: initMs, warmMs: 1, rssBytes: 50e6, zipBytes: 150_000 },
});

const RESULTS = [
  result('sessionInfo', 60, 10),
  ...['likeComment', 'signin', 'signinByCode', 'refresh', 'signout', 'middy'].map((name) => result(name, 80, 20)),
  result('bare', 30, 5),
  result('documented', 150, 50),
];

test('the table has milliseconds first, and then the ratios to the documented way and to a bare handler', () => {
  const [route = ''] = coldTable(RESULTS).split('\n').slice(2);
  expect(route).toBe('| sessionInfo | 70 | 60 | 10 | 60 | 1.00 | 50 | 150 | 0.35 × | 2.00 × | 0.40 × | 1.00 × |');
});

test('the chart and the table of docs/costs.md have the milliseconds of each function', () => {
  expect(coldChart(RESULTS)).toContain('>70 ms (0.35 ×)<');
  expect(coldSummary(RESULTS)).toContain('| protected route of this service | 70 ms | 150 KB | 50 MB |');
});

test('a run without the function that the others are compared with is an error', () => {
  expect(() => coldTable(RESULTS.slice(0, 2))).toThrow('The function bare was not measured');
});

test.each(FIGURES)('$page has the sentence whose figures a run replaces: $text', ({ page, text, of }) => {
  const figures = of.map((_name, index) => `figure${index}`);
  const changed = replaceFigures(readFileSync(page, 'utf8'), text, figures);
  for (const figure of figures) expect(changed).toContain(`${figure} ms`);
});
