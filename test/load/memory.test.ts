import { slopeOf } from './memory.ts';

const samplesOf = (...heapBytes: readonly number[]) =>
  heapBytes.map((bytes, index) => ({ operations: 1000 + index * 100, heapBytes: bytes }));

test('the slope is what the heap grows by with each operation', () => {
  expect(slopeOf(samplesOf(5000, 5200, 5400))).toBeCloseTo(2);
  expect(slopeOf(samplesOf(5400, 5200, 5000))).toBeCloseTo(-2);
});

test('a heap that goes up and down does not grow', () => {
  expect(slopeOf(samplesOf(5000, 6000, 6000, 5000))).toBeCloseTo(0);
});
