/** When the prices below were compared with their sources, which docs/costs.md names. */
export const PRICES_DATE = '2026-11-28';

/** AWS list prices in US dollars, us-east-1, first tier, without free tiers. */
export const PRICES = {
  /** Lambda on arm64. */
  lambdaRequest: 0.2 / 1e6,
  lambdaGbSecond: 0.0000133334,
  httpApiRequest: 1.0 / 1e6,
  /** DynamoDB on demand: units of 1 KB written, and of 4 KB read strongly consistently. */
  dynamoDbWrite: 0.625 / 1e6,
  dynamoDbRead: 0.125 / 1e6,
  /** CloudWatch, a month. An alarm that sums metrics costs as much as one alarm for each of them. */
  alarmMetric: 0.1,
  dashboard: 3,
  metric: 0.3,
  /** CloudWatch Logs, for each GB: taken in once, and kept for a month. */
  logGb: 0.5,
  storedLogGb: 0.03,
  /** Secrets Manager, a month, and for each request. */
  secret: 0.4,
  secretRequest: 0.05 / 1e4,
  /** SES. */
  mail: 0.1 / 1000,
} as const;

/** Lambda gives a function as much of a CPU as it has of this memory. */
const MB_PER_CPU = 1769;

export interface Usage {
  readonly durationMs: number;
  readonly cpuMs: number;
  readonly memoryMb: number;
  readonly reads: number;
  readonly writes: number;
}

/** In US dollars per million requests. */
export interface CostPerMillion {
  readonly requests: number;
  readonly compute: number;
  /** What `compute` is if the CPU time, too, is stretched to the share of a CPU that the function has. */
  readonly computeAtCpuShare: number;
  readonly dynamoDb: number;
  /** Of `requests`, `compute` and `dynamoDb`. */
  readonly total: number;
}

/** What a million requests cost at `PRICES`, each by an environment that is warm. */
export function costPerMillion({ durationMs, cpuMs, memoryMb, reads, writes }: Usage): CostPerMillion {
  // Lambda bills whole milliseconds.
  const computeOf = (ms: number) => 1e6 * (Math.ceil(ms) / 1000) * (memoryMb / 1024) * PRICES.lambdaGbSecond;
  const requests = 1e6 * (PRICES.lambdaRequest + PRICES.httpApiRequest);
  const compute = computeOf(durationMs);
  const stretch = Math.max(1, MB_PER_CPU / memoryMb);
  const dynamoDb = 1e6 * (reads * PRICES.dynamoDbRead + writes * PRICES.dynamoDbWrite);
  return {
    requests,
    compute,
    computeAtCpuShare: computeOf(durationMs + cpuMs * (stretch - 1)),
    dynamoDb,
    total: requests + compute + dynamoDb,
  };
}
