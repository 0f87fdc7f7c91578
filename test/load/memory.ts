import { ratio, sum } from '../bench/statistics.ts';

/** What a heap held after a garbage collection, when so many operations had been done. */
export interface HeapSample {
  readonly operations: number;
  readonly heapBytes: number;
}

/** How many bytes the heap grows by with each operation: the slope of the least-squares line. */
export function slopeOf(samples: readonly HeapSample[]): number {
  const meanOf = (values: readonly number[]) => ratio(sum(values), values.length);
  const meanX = meanOf(samples.map(({ operations }) => operations));
  const meanY = meanOf(samples.map(({ heapBytes }) => heapBytes));
  const covariance = sum(samples.map(({ operations, heapBytes }) => (operations - meanX) * (heapBytes - meanY)));
  return covariance / sum(samples.map(({ operations }) => (operations - meanX) ** 2));
}
