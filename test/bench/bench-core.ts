// npm run bench:core [-- --url http://other-core] [--size 1000,100000] [--seconds N] …
import { writeFile } from 'node:fs/promises';
import { readOptions } from '../fixtures/command-options.ts';
import { describeRun, markdownTable, writeSection } from './benchmark-docs.ts';
import { commonVersion } from './core-client.ts';
import { type Growth, type GrowthResult, measureGrowth } from './core-growth.ts';
import { type Load, OPERATIONS, type OperationName, startLoad, type Target } from './core-load.ts';
import { type MemoryResult, measureMemory } from './core-memory.ts';
import { exitOnSignals, startOwnCore } from './own-core.ts';
import { createProgress, type Progress } from './progress.ts';
import { type Latencies, ratio } from './statistics.ts';

const USAGE = `npm run bench:core [-- options]
    Measures our core over HTTP, in memory, and how it scales.
    --url URL        another core to measure too, over http. It keeps sessions of users named bench-…
    --api-key KEY    that core's API key
    --size LIST      numbers of stored sessions (default 1000,100000,1000000, which take a minute to store, and 700 MB)
    --user-size LIST numbers of one user's sessions (default 1,10,100,1000,10000,100000)
    --seconds N      the time for each operation of each core at each number of connections (default 1)
    --json FILE      writes the results to the file
    --write-docs     replaces this benchmark's section of docs/benchmarks.md`;

const CONNECTIONS = [1, 16, 64];
const WARM_UP_MS = 400;
/** Each measurement is cut into so many, between which the cores take turns. */
const BITS = 4;

interface LoadResult extends Latencies {
  readonly core: string;
  readonly operation: OperationName;
  readonly connections: number;
}

const TEXT = { type: 'string' } as const;
const OPTIONS = {
  url: TEXT,
  'api-key': TEXT,
  size: { ...TEXT, default: '1000,100000,1000000' },
  'user-size': { ...TEXT, default: '1,10,100,1000,10000,100000' },
  seconds: { ...TEXT, default: '1' },
  json: TEXT,
  'write-docs': { type: 'boolean', default: false },
} as const;

const readBenchOptions = () =>
  readOptions(USAGE, OPTIONS, (values) => {
    const seconds = Number(values.seconds);
    if (!(seconds > 0)) throw new Error('--seconds takes a number above 0');
    const url = values.url?.replace(/\/+$/, '');
    if (url !== undefined && !/^http:\/\/./.test(url))
      throw new Error('--url takes an address that begins with http://');
    return { ...values, url, seconds, sizes: readSizes(values.size), userSizes: readSizes(values['user-size']) };
  });

type Options = ReturnType<typeof readBenchOptions>;

function readSizes(list: string): number[] {
  const sizes = list.split(',').map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size > 0)) return sizes.toSorted((a, b) => a - b);
  throw new Error('Sizes are whole numbers from 1 on, separated by commas');
}

async function measureLoad(targets: readonly Target[], seconds: number, progress: Progress): Promise<LoadResult[]> {
  const results: LoadResult[] = [];
  for (const connections of CONNECTIONS) {
    const loads = await Promise.all(targets.map((target) => startLoad(target, connections)));
    for (const operation of OPERATIONS) {
      progress.step(`${operation}, ${connections} connection(s)`);
      await measureInTurn(loads, operation, seconds * 1000);
      for (const load of loads) {
        const latencies = load.take(operation);
        if (latencies !== undefined) results.push({ core: load.target.name, operation, connections, ...latencies });
      }
    }
    for (const load of loads) load.close();
  }
  return results;
}

/** In turn, each first as often as last. */
async function measureInTurn(loads: readonly Load[], operation: OperationName, durationMs: number): Promise<void> {
  for (let bit = 0; bit < BITS; bit++) {
    for (const load of bit % 2 === 0 ? loads : loads.toReversed()) await load.run(operation, durationMs / BITS);
  }
}

async function warmUp(targets: readonly Target[], progress: Progress): Promise<void> {
  progress.step('warming up');
  for (const target of targets) {
    const load = await startLoad(target, 4);
    for (const operation of OPERATIONS) await load.run(operation, WARM_UP_MS);
    load.close();
  }
}

async function measureCores({ url, 'api-key': apiKey, seconds }: Options, progress: Progress) {
  progress.step('starting the core');
  const core = await startOwnCore();
  try {
    const others = url === undefined ? [] : [{ name: url, url, apiKey }];
    const addresses = [{ name: 'ours', url: core.url, apiKey: undefined }, ...others];
    const version = await commonVersion(addresses);
    const targets = addresses.map((address): Target => ({ ...address, version, handles: [] }));
    await warmUp(targets, progress);
    return { version, load: await measureLoad(targets, seconds, progress) };
  } finally {
    await core.stop();
  }
}

function loadTable(results: readonly LoadResult[]): string {
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

const memoryTable = (results: readonly MemoryResult[]): string =>
  markdownTable(
    ['start', 'after', 'requests so far', 'peak RSS, MB'],
    results.map(({ start, operation, requests, peakMb }) => [start, operation, String(requests), peakMb.toFixed(0)]),
  );

function growthTable(results: readonly GrowthResult[], what: string): string {
  const rows = results.map(({ operation, size, count, p50Ms, p99Ms }) => [
    operation,
    String(size),
    String(count),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
  ]);
  return markdownTable(['operation', what, 'n', 'p50 ms', 'p99 ms'], rows);
}

interface Measured {
  readonly version: string;
  readonly load: readonly LoadResult[];
  readonly memory: readonly MemoryResult[];
  readonly growth: Growth;
}

const section = (command: string, { version, load, memory, growth }: Measured): string => `## The core over HTTP

${describeRun(command)}

\`npm run core\` keeps its data in memory here. One client process on the same machine calls it in CDI ${version}, and takes its share of the
CPUs. The id of *create* is no user of the core. So the core looks for the user twice, and makes 5 calls of DynamoDB.
The operation *verify* reads the database, and *list* is of a user with one session.
${others(load)}
${loadTable(load)}

The memory of \`npm run core\` at 64 connections, with DynamoDB (dynalite) in another process. The first start after an installation compiles
the core, and keeps the result in \`node_modules/.cache\` for later starts. In a container image, run \`npm run core -- --help\` once to fill it.

${memoryTable(memory)}

By the number of stored sessions, on one connection. Each size has a core and a DynamoDB (dynalite, on disk) of its own, and they take
turns. **Refresh at the largest size takes ${growth.refreshRatio.toFixed(2)} times as long as at the smallest** (p50).

${growthTable(growth.stored, 'stored sessions')}

By the number of one user's sessions, in the same way. Refresh with the most sessions takes ${growth.refreshRatioOfOneUser.toFixed(2)} times as long as with one.

${growthTable(growth.ofOneUser, 'sessions of the user')}
`;

async function main(): Promise<void> {
  const options = readBenchOptions();
  exitOnSignals();
  const { sizes, userSizes, seconds, json } = options;
  const growthSteps = sizes.length + userSizes.length + 2 * OPERATIONS.length;
  const progress = createProgress('bench:core', 8 + OPERATIONS.length * CONNECTIONS.length + growthSteps);
  const { version, load } = await measureCores(options, progress);
  const memory = await measureMemory(version, progress);
  const growth = await measureGrowth({ sizes, userSizes, durationMs: seconds * 1000, version, progress });
  const tables = [
    loadTable(load),
    memoryTable(memory),
    growthTable(growth.stored, 'stored sessions'),
    growthTable(growth.ofOneUser, 'sessions of the user'),
    `refresh p50, largest to smallest: ${growth.refreshRatio.toFixed(2)} by stored sessions, ` +
      `${growth.refreshRatioOfOneUser.toFixed(2)} by sessions of one user`,
  ];
  process.stdout.write(`${tables.join('\n\n')}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ version, load, memory, growth }, undefined, 2)}\n`);
  if (options['write-docs'])
    await writeSection('bench:core', section(commandLine(options), { version, load, memory, growth }));
}

/** Without another core in the run, a reader learns how to compare with one. */
const others = (load: readonly LoadResult[]): string =>
  load.some(({ core }) => core !== 'ours')
    ? ''
    : `
This run had no official core to compare with. \`npm run bench:core -- --url http://localhost:3567\` measures one in the same run.
`;

/** As it can be repeated, but for the key. */
function commandLine({ url, size, 'user-size': userSize, seconds }: Options): string {
  const given = [
    ...(url === undefined ? [] : [`--url ${url}`]),
    ...(size === '1000,100000,1000000' ? [] : [`--size ${size}`]),
    ...(userSize === '1,10,100,1000,10000,100000' ? [] : [`--user-size ${userSize}`]),
    ...(seconds === 1 ? [] : [`--seconds ${seconds}`]),
  ];
  return ['npm run bench:core', ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
}

await main();
