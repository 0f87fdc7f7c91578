import { type CostPerMillion, PRICES_DATE } from './aws-prices.ts';
import { barChart } from './bar-chart.ts';
import { describeRun, markdownTable } from './benchmark-docs.ts';
import { type MonthlyCost, monthlyCosts } from './monthly-usage.ts';
import { type Latencies, sum } from './statistics.ts';

/** What a kind of request takes. */
export interface RequestResult extends Latencies {
  readonly name: string;
  readonly functionKey: string;
  readonly memoryMb: number;
  readonly cpuMs: number;
  readonly calls: number;
  /** Of calls that are under way at the same time. */
  readonly rounds: number;
  readonly reads: number;
  readonly writes: number;
  readonly dollarsPerMillion: CostPerMillion;
}

export function latencyTable(results: readonly RequestResult[]): string {
  const head = ['request', 'n', 'p50 ms', 'p99 ms', 'per second', 'CPU ms', 'DynamoDB calls', 'rounds', 'RCU', 'WCU'];
  const rows = results.map(({ name, count, p50Ms, p99Ms, perSecond, cpuMs, calls, rounds, reads, writes }) => [
    name,
    String(count),
    ...[p50Ms, p99Ms].map((ms) => ms.toFixed(2)),
    perSecond.toFixed(0),
    cpuMs.toFixed(2),
    ...[calls, rounds, reads, writes].map((value) => String(Number(value.toFixed(2)))),
  ]);
  return markdownTable(head, rows);
}

export function costTable(results: readonly RequestResult[]): string {
  const head = ['$ per million', 'MB', 'requests', 'compute', 'DynamoDB', 'total', 'compute at the CPU share'];
  const rows = results.map(({ name, memoryMb, dollarsPerMillion: cost }) => [
    name,
    String(memoryMb),
    ...[cost.requests, cost.compute, cost.dynamoDb, cost.total, cost.computeAtCpuShare].map((value) =>
      value.toFixed(2),
    ),
  ]);
  return markdownTable(head, rows);
}

/** Without revoking many sessions, which is no request of a user's day. */
const CHARTED = [
  'protected route: session info',
  'protected route: like a comment',
  'refresh',
  'sign-out',
  'sign-in, password hashing aside',
  'sign-in by a code',
  'sign-in',
];

/** Bars as long as a request takes: one scale cannot show 12 sign-ins and 4,000 protected requests a second. */
export function speedChart(results: readonly RequestResult[]): string {
  const charted = CHARTED.map((name) => results.find((result) => result.name === name)).filter(
    (one) => one !== undefined,
  );
  return barChart({
    title: 'How many sign-ins a second does one function make?',
    parts: ['median time of a request'],
    bars: charted.map(({ name, p50Ms, perSecond }) => ({
      name: name.replace('protected route: ', '').replace('password hashing aside', 'hashing aside'),
      values: [p50Ms],
      label: `${p50Ms.toFixed(1)} ms (${perSecond.toFixed(0)} a second)`,
    })),
  });
}

const costsOf = (results: readonly RequestResult[]): MonthlyCost[] =>
  monthlyCosts(new Map(results.map(({ name, dollarsPerMillion }) => [name, dollarsPerMillion])));

export function costChart(results: readonly RequestResult[]): string {
  const costs = costsOf(results);
  return barChart({
    title: `What does a million users cost a month? $${totalOf(costs)}`,
    parts: ['requests', 'compute', 'DynamoDB'],
    bars: costs.map(({ label, times, requests, compute, dynamoDb, total }) => ({
      name: described({ label, times }),
      values: [requests, compute, dynamoDb],
      label: `$${total.toFixed(0)}`,
    })),
  });
}

const totalOf = (costs: readonly MonthlyCost[]): string => sum(costs.map(({ total }) => total)).toFixed(0);

const described = ({ label, times }: Pick<MonthlyCost, 'label' | 'times'>): string =>
  `${times} ${times === 1 ? label.replace(/s$/, '') : label}`;

/** The section of docs/benchmarks.md. */
export const requestSection = (command: string, results: readonly RequestResult[]): string => `## Requests, warm

${describeRun(command)}

Each bundled function runs in a process of its own, and gets one request at a time, as on Lambda. An embedded DynamoDB (dynalite)
runs in another process. *CPU* is that of the function's process. A *round* is a set of calls that are under way at the same time.

### How many sign-ins a second

![How many sign-ins a second one function makes](requests-per-second.svg)

Lambda starts as many processes of a function as there are requests at once. A sign-in takes mainly the CPU time of its hash.

${latencyTable(results)}

### What a million users cost

![What a million users cost a month](million-users.svg)

Each of these users makes in a month: ${costsOf(results).map(described).join(', ')}. That is $${totalOf(costsOf(results))} for all, without
storage, logs, mails and cold starts. The [prices](costs.md#the-prices-behind-these-figures) are of ${PRICES_DATE}.

- *requests*: what Lambda and the HTTP API charge for the requests.
- *compute*: the function's memory for the p50 above, in whole ms.
- *compute at the CPU share*: Lambda gives 512 MB only 29 % of a CPU, so all CPU time takes that much longer. The chart has this
  figure.

${costTable(results)}
`;
