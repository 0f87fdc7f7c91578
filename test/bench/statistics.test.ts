import { median, percentile, ratio, sum, summarise } from './statistics.ts';

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test.each([
  [0, 1],
  [0.01, 1],
  [0.5, 50],
  [0.99, 99],
  [0.995, 100],
  [1, 100],
])('the percentile %d of 1 to 100 is %d, in whatever order they come', (share, expected) => {
  expect(percentile(hundred, share)).toBe(expected);
});

test('a percentile is a value that was measured, not one between two', () => {
  expect(median([1, 10])).toBe(1);
  expect(median([10, 1, 5])).toBe(5);
});

test('of few values the 99th percentile is the largest', () => {
  expect(percentile([3, 1, 2], 0.99)).toBe(3);
});

test('values are compared as numbers, and left as they are', () => {
  const values = [10, 9, 100];
  expect(median(values)).toBe(10);
  expect(values).toEqual([10, 9, 100]);
});

test('of nothing there is no percentile', () => {
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});

test('a ratio says how many times as large', () => {
  expect(ratio(3, 2)).toBe(1.5);
  expect(() => ratio(1, 0)).toThrow(RangeError);
  expect(() => ratio(1, Number.NaN)).toThrow(RangeError);
});

test('sum', () => {
  expect(sum([])).toBe(0);
  expect(sum([1, 2, 3.5])).toBe(6.5);
});

test('requests that overlap are counted by the time that passed', () => {
  expect(summarise([10, 20, 30, 40], 50)).toEqual({ count: 4, p50Ms: 20, p99Ms: 40, perSecond: 80 });
});
