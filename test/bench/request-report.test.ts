import { costPerMillion } from './aws-prices.ts';
import { costChart, type RequestResult, requestSection, speedChart } from './request-report.ts';

const result = (name: string, p50Ms: number): RequestResult => ({
  ...{ name, functionKey: 'f', memoryMb: 512, count: 10, p50Ms, p99Ms: 2 * p50Ms, perSecond: 1000 / p50Ms },
  ...{ cpuMs: p50Ms, calls: 2, rounds: 1, reads: 1, writes: 1 },
  dollarsPerMillion: costPerMillion({ durationMs: p50Ms, cpuMs: p50Ms, memoryMb: 512, reads: 1, writes: 1 }),
});

const RESULTS = [result('protected route: session info', 0.5), result('refresh', 2), result('sign-in', 80)];

test('the chart of speed has the median of each request, and how many there are a second', () => {
  const svg = speedChart(RESULTS);
  expect(svg).toContain('>80.0 ms (13 a second)<');
  expect(svg).toContain('>session info<');
});

test('the chart of costs has what all users pay for each kind of request, and in all', () => {
  const svg = costChart(RESULTS);
  expect(svg).toMatch(/What does a million users cost a month\? \$\d+</);
  expect(svg).toContain('>300 protected requests<');
  expect(svg).toContain('>1 sign-in<');
});

test('the section names its command, and has both charts', () => {
  const section = requestSection('npm run bench:requests', RESULTS);
  for (const part of ['`npm run bench:requests`', 'requests-per-second.svg', 'million-users.svg']) {
    expect(section).toContain(part);
  }
});
