/** The nearest-rank percentile: always a value that was measured. @param share from 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('There is no percentile of nothing');
  return value;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** How many times as large a value is. @throws RangeError if there is nothing to compare it with */
export function ratio(value: number, reference: number): number {
  if (!(reference > 0)) throw new RangeError('There is no ratio to nothing');
  return value / reference;
}

export interface Latencies {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

/** @param elapsedMs how long all of them took, which is less than their sum if they overlapped */
export const summarise = (latenciesMs: readonly number[], elapsedMs: number): Latencies => ({
  count: latenciesMs.length,
  p50Ms: median(latenciesMs),
  p99Ms: percentile(latenciesMs, 0.99),
  perSecond: ratio(latenciesMs.length * 1000, elapsedMs),
});
