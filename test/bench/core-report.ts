import { describeRun, latencyCell, markdownTable, sizeTable } from './benchmark-docs.ts';
import { CORE_ACTIVITIES } from './core-activities.ts';
import type { CpuResult } from './core-cpu.ts';
import type { Growth, GrowthResult } from './core-growth.ts';
import type { OperationName } from './core-load.ts';
import type { MemoryResult } from './core-memory.ts';
import type { CoreProfile } from './core-profile.ts';
import type { Latencies } from './statistics.ts';

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

/** Another core's rows stand below ours. */
export const loadTable = (results: readonly LoadResult[]): string =>
  sizeTable(
    'operation',
    results.map((result) => ({ ...result, operation: nameOf(result), size: result.connections })),
    {
      unit: 'connection',
      cellOf: (result) => `${latencyCell(result)}, ${result.perSecond.toFixed(0)}/s`,
    },
  );

const nameOf = ({ core, operation }: LoadResult): string => (core === 'ours' ? operation : `${operation}, ${core}`);

export const memoryTable = (results: readonly MemoryResult[]): string =>
  markdownTable(
    ['start', ...results.filter(({ start }) => start === 'first').map(({ operation }) => `after ${operation}`)],
    (['first', 'later'] as const).map((start) => [
      start,
      ...results.filter((result) => result.start === start).map(({ peakMb }) => `${peakMb.toFixed(0)} MB`),
    ]),
  );

export const growthTable = (results: readonly GrowthResult[]): string =>
  sizeTable('operation', results, { unit: 'session', cellOf: latencyCell });

/** This benchmark's section of docs/benchmarks.md. */
export const coreSection = (
  command: string,
  { version, load, cpu, memory, growth }: CoreResults,
): string => `## The core over HTTP

${describeRun(command)}

\`npm run core\` keeps its data in memory here. One client process on the same machine calls it in CDI ${version}. The operation *verify* reads
the database, and *list* is of a user with one session. The table has the median in ms, the 99th percentile in brackets, and requests
per second.
${others(load)}
${loadTable(load)}

### Memory and growth

The peak memory at 64 connections, with DynamoDB in another process. V8 collects old garbage as soon as the heap has grown by half
(\`--heap-growing-percent=50\` in \`package.json\`). The first start after an installation compiles the core, and keeps the
result in \`node_modules/.cache\`. In a container image, run \`npm run core -- --help\` once to fill it.

${memoryTable(memory)}

By the number of stored sessions, on one connection, in ms. Each size has a core and a DynamoDB (dynalite, on disk) of its own, and they
take turns. **Refresh at the largest size takes ${growth.refreshRatio.toFixed(2)} times as long as at the smallest.**

${growthTable(growth.stored)}

By the number of one user's sessions, in the same way. Refresh with the most takes ${growth.refreshRatioOfOneUser.toFixed(2)} times as long as with one.

${growthTable(growth.ofOneUser)}
${listCost(cpu)}`;

/** Of the list of many sessions, what the core does, and what the database of the measurement does. */
const listCost = (results: readonly CpuResult[]): string =>
  results
    .filter(({ operation, sessions }) => operation === 'list' && sessions > 1)
    .map(
      ({ sessions, core, database }) => `
A list reads the row of each session, because the index also has sessions that are revoked, or whose creation broke off. For
${sessions.toLocaleString('en-US')} sessions the core takes ${(core.main + core.pool + core.engine).toFixed(0)} ms of CPU time. Dynalite takes ${database.toFixed(0)} ms, because it reads the rows one by one.
`,
    )
    .join('');

/** Without another core in the run, a reader learns how to compare with one. */
const others = (load: readonly LoadResult[]): string =>
  load.some(({ core }) => core !== 'ours')
    ? ''
    : `
This run had no official core to compare with. \`npm run bench:core -- --url http://localhost:3567\` measures one in the same run.
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
