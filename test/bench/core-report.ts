import { describeRun, markdownTable } from './benchmark-docs.ts';
import { CORE_ACTIVITIES } from './core-activities.ts';
import type { CpuResult } from './core-cpu.ts';
import type { Growth, GrowthResult } from './core-growth.ts';
import type { OperationName } from './core-load.ts';
import type { MemoryResult } from './core-memory.ts';
import type { CoreProfile } from './core-profile.ts';
import { type Latencies, ratio } from './statistics.ts';

export interface LoadResult extends Latencies {
  readonly core: string;
  readonly operation: OperationName;
  readonly connections: number;
}

/** All that a run has measured. */
export interface CoreResults {
  readonly version: string;
  readonly load: readonly LoadResult[];
  readonly cpu: readonly CpuResult[];
  readonly profiles: readonly CoreProfile[];
  readonly memory: readonly MemoryResult[];
  readonly growth: Growth;
}

export function loadTable(results: readonly LoadResult[]): string {
  const ours = (other: LoadResult) =>
    results.find(
      ({ core, operation, connections }) =>
        core === 'ours' && operation === other.operation && connections === other.connections,
    );
  const rows = results.map((result) => {
    const ourMedian = ours(result)?.p50Ms ?? result.p50Ms;
    return [
      result.operation,
      result.core,
      String(result.connections),
      result.p50Ms.toFixed(2),
      result.p99Ms.toFixed(2),
      result.perSecond.toFixed(0),
      result.core === 'ours' ? '' : ratio(ourMedian, result.p50Ms).toFixed(2),
    ];
  });
  return markdownTable(['operation', 'core', 'connections', 'p50 ms', 'p99 ms', 'per second', 'our p50 ÷ this'], rows);
}

export const memoryTable = (results: readonly MemoryResult[]): string =>
  markdownTable(
    ['start', 'after', 'requests so far', 'peak RSS, MB'],
    results.map(({ start, operation, requests, peakMb }) => [start, operation, String(requests), peakMb.toFixed(0)]),
  );

export function growthTable(results: readonly GrowthResult[], what: string): string {
  const rows = results.map(({ operation, size, count, p50Ms, p99Ms }) => [
    operation,
    String(size),
    String(count),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
  ]);
  return markdownTable(['operation', what, 'n', 'p50 ms', 'p99 ms'], rows);
}

/** This benchmark's section of docs/benchmarks.md. */
export const coreSection = (
  command: string,
  { version, load, cpu, profiles, memory, growth }: CoreResults,
): string => `## The core over HTTP

${describeRun(command)}

\`npm run core\` keeps its data in memory here. One client process on the same machine calls it in CDI ${version}, and takes its share of the
CPUs. The id of *create* is no user of the core. So the core looks for the user twice, and makes 5 calls of DynamoDB.
The operation *verify* reads the database, and *list* is of a user with one session.
${others(load)}
${loadTable(load)}

${whereTimeGoes(cpu, profiles)}The memory of \`npm run core\` at 64 connections, with DynamoDB (dynalite) in another process. The first start after an installation compiles
the core, and keeps the result in \`node_modules/.cache\` for later starts. In a container image, run \`npm run core -- --help\` once to fill it.

${memoryTable(memory)}

By the number of stored sessions, on one connection. Each size has a core and a DynamoDB (dynalite, on disk) of its own, and they take
turns. **Refresh at the largest size takes ${growth.refreshRatio.toFixed(2)} times as long as at the smallest** (p50).

${growthTable(growth.stored, 'stored sessions')}

By the number of one user's sessions, in the same way. Refresh with the most sessions takes ${growth.refreshRatioOfOneUser.toFixed(2)} times as long as with one.

${growthTable(growth.ofOneUser, 'sessions of the user')}
`;

/** Without another core in the run, a reader learns how to compare with one. */
const others = (load: readonly LoadResult[]): string =>
  load.some(({ core }) => core !== 'ours')
    ? ''
    : `
This run had no official core to compare with. \`npm run bench:core -- --url http://localhost:3567\` measures one in the same run.
`;

const MISSED = `- *create* has three rounds of calls: it reads the user, writes the session, and reads the user again. The second read ends the session of a
  user who was deleted or linked meanwhile. Without it, such a session would stay valid.
- *refresh* makes two calls, a read and a conditional write. The format of SuperTokens' tokens prescribes the signature and the encryption.
- *list* reads the row of each session, which dynalite does one by one. A list by the index alone would be faster. It would also have
  sessions that are revoked, or whose creation broke off.
`;

/** Nothing where the system does not tell the times of threads. */
const whereTimeGoes = (cpu: readonly CpuResult[], profiles: readonly CoreProfile[]): string =>
  cpu.length === 0
    ? ''
    : `### Where the time of the core goes

CPU time in ms for each request. The client, the core and dynalite are processes of their own here, on the same CPUs.

${cpuTable(cpu)}

The core's *threads* sign tokens. *V8* collects garbage and compiles beside the JavaScript.

What the JavaScript of the core does at 64 connections, by V8's profiler:

${profileTable(profiles)}

${MISSED}
### Memory and growth

`;

export const cpuTable = (results: readonly CpuResult[]): string =>
  markdownTable(
    [
      'operation',
      'connections',
      'p50 ms',
      'all',
      'client',
      'core: JavaScript',
      'core: threads',
      'core: V8',
      'dynalite',
    ],
    results.map(({ operation, connections, sessions, p50Ms, client, core, database }) => [
      sessions === 1 ? operation : `${operation} of ${sessions} sessions`,
      String(connections),
      ...[p50Ms, client + core.main + core.pool + core.engine + database].map((ms) => ms.toFixed(2)),
      ...[client, core.main, core.pool, core.engine, database].map((ms) => ms.toFixed(2)),
    ]),
  );

export const profileTable = (profiles: readonly CoreProfile[]): string =>
  markdownTable(
    ['activity', ...profiles.map(({ operation }) => operation)],
    CORE_ACTIVITIES.map((activity) => [
      activity,
      ...profiles.map(({ shares }) => `${(100 * shares[activity]).toFixed(0)} %`),
    ]),
  );
