// npm run bench:core [-- --url http://other-core] [--size 1000,100000] [--seconds N] …
import { writeFile } from 'node:fs/promises';
import { readOptions } from '../fixtures/command-options.ts';
import { writeSection } from './benchmark-docs.ts';
import { commonVersion } from './core-client.ts';
import { measureCpu } from './core-cpu.ts';
import { measureGrowth } from './core-growth.ts';
import { type Load, OPERATIONS, type OperationName, startLoad, type Target } from './core-load.ts';
import { measureMemory } from './core-memory.ts';
import { profileCore } from './core-profile.ts';
import {
  type CoreResults,
  coreSection,
  cpuTable,
  growthTable,
  type LoadResult,
  loadTable,
  memoryTable,
  profileTable,
} from './core-report.ts';
import { exitOnSignals, startOwnCore } from './own-core.ts';
import { createProgress, type Progress } from './progress.ts';

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

async function main(): Promise<void> {
  const options = readBenchOptions();
  exitOnSignals();
  const { sizes, userSizes, seconds, json } = options;
  const growthSteps = sizes.length + userSizes.length + 2 * OPERATIONS.length;
  const progress = createProgress('bench:core', 15 + OPERATIONS.length * CONNECTIONS.length + growthSteps);
  const { version, load } = await measureCores(options, progress);
  const cpu = await measureCpu(version, seconds * 1000, progress);
  const profiles = await profileCore(version, seconds * 1000, progress);
  const memory = await measureMemory(version, progress);
  const growth = await measureGrowth({ sizes, userSizes, durationMs: seconds * 1000, version, progress });
  const results: CoreResults = { version, load, cpu, profiles, memory, growth };
  printTables(results);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(results, undefined, 2)}\n`);
  if (options['write-docs']) await writeSection('bench:core', coreSection(commandLine(options), results));
}

function printTables({ load, cpu, profiles, memory, growth }: CoreResults): void {
  const tables = [
    loadTable(load),
    cpuTable(cpu),
    profileTable(profiles),
    memoryTable(memory),
    growthTable(growth.stored),
    growthTable(growth.ofOneUser),
    `refresh p50, largest to smallest: ${growth.refreshRatio.toFixed(2)} by stored sessions, ` +
      `${growth.refreshRatioOfOneUser.toFixed(2)} by sessions of one user`,
  ];
  process.stdout.write(`${tables.join('\n\n')}\n`);
}

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
