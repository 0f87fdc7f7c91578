import { barChart } from './bar-chart.ts';

const SVG = barChart({
  title: 'Bread & butter',
  parts: ['start', 'first request'],
  bars: [
    { name: 'slow', values: [300, 100], label: '400 ms' },
    { name: 'fast', values: [100, 0], label: '100 ms (0.25 ×)' },
  ],
});

const widthsOf = (svg: string) => [...svg.matchAll(/width="(\d+)" height="22"/g)].map(([, width]) => Number(width));

test('bars are in proportion, and the longest takes the whole width', () => {
  expect(widthsOf(SVG)).toEqual([300, 100, 100, 0]);
});

test('a bar has its name and its label, and the legend has the parts', () => {
  const texts = [...SVG.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  const bars = ['slow', '400 ms', 'fast', '100 ms (0.25 ×)'];
  expect(texts).toEqual(['Bread &amp; butter', ...bars, 'start', 'first request']);
});
