import { memorySizeOf } from '../fixtures/stack.ts';
import { costPerMillion, PRICES } from './aws-prices.ts';

test('a million requests: by request, by whole milliseconds of memory, and by unit', () => {
  const cost = costPerMillion({ durationMs: 1.2, cpuMs: 1, memoryMb: 1024, reads: 2, writes: 3 });
  expect(cost.requests).toBeCloseTo(1.2);
  expect(cost.compute).toBeCloseTo(1e6 * 0.002 * PRICES.lambdaGbSecond);
  expect(cost.dynamoDb).toBeCloseTo(2 * 0.125 + 3 * 0.625);
  expect(cost.total).toBeCloseTo(cost.requests + cost.compute + cost.dynamoDb);
});

test('with less memory the CPU time is stretched; with a whole CPU it is not', () => {
  const usage = { durationMs: 100, cpuMs: 100, reads: 0, writes: 0 };
  const small = costPerMillion({ ...usage, memoryMb: 512 });
  expect(small.computeAtCpuShare / small.compute).toBeCloseTo(1769 / 512, 1);
  const whole = costPerMillion({ ...usage, memoryMb: 1769 });
  expect(whole.computeAtCpuShare).toBe(whole.compute);
});

test("a function's memory is its own, or else the provider's", () => {
  expect(memorySizeOf('user')).toBe(1769);
  expect(memorySizeOf('sessionInfo')).toBe(512);
  expect(() => memorySizeOf('noSuchFunction')).toThrow();
});
