// npm run bench:requests [-- --rounds N] [--json FILE] [--write-docs]
import { writeFile } from 'node:fs/promises';
import { readOptions, wholeNumber } from '../fixtures/command-options.ts';
import { type RoundsProxy, startRoundsProxy } from '../fixtures/rounds-proxy.ts';
import { memorySizeOf } from '../fixtures/stack.ts';
import { costPerMillion } from './aws-prices.ts';
import { writeSection } from './benchmark-docs.ts';
import type { Child } from './child-process.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { type BenchDatabase, startDatabase } from './database.ts';
import type { FunctionTasks, Measured } from './function-process.ts';
import { type Bundles, bundleFunctions } from './functions.ts';
import { exitOnSignals } from './own-core.ts';
import { createProgress, type Progress } from './progress.ts';
import {
  costChart,
  costTable,
  latencyTable,
  type RequestResult,
  requestSection,
  speedChart,
} from './request-report.ts';
import { createScenarios, type Scenario } from './request-scenarios.ts';
import { ratio, sum, summarise } from './statistics.ts';

const USAGE = `npm run bench:requests [-- options]
    Measures warm latency, CPU, DynamoDB calls and cost of each kind of request, through the bundled functions.
    --rounds N    rounds over all kinds (default 5)
    --json FILE   writes the results to the file
    --write-docs  writes this benchmark's section of docs/benchmarks.md, and its charts: docs/requests-per-second.svg and
                  docs/million-users.svg`;

/** Of one kind of request in one round: bounds the whole on a slow machine. */
const ROUND_BUDGET_MS = 1500;
/** So long for each of the rounds, in all: on a busy machine a run has fewer of them. */
const BUDGET_MS_PER_ROUND = 14_000;
/** Makes a function warm: its code is compiled, its keys are read. */
const WARM_UP = { cheap: 100, dear: 3 };
/** Asked through the proxy: every one costs the same, or the average says so. */
const COUNTED = 4;

interface Running {
  readonly scenario: Scenario;
  readonly child: Child<FunctionTasks>;
  readonly rounds: Measured[];
  /** Per request. */
  readonly consumed: Pick<RequestResult, 'calls' | 'rounds' | 'reads' | 'writes'>;
}

const OPTIONS = {
  rounds: { type: 'string', default: '5' },
  json: { type: 'string' },
  'write-docs': { type: 'boolean', default: false },
} as const;

const options = () =>
  readOptions(USAGE, OPTIONS, (values) => ({ ...values, rounds: wholeNumber(values.rounds, 'rounds') }));

const run = (child: Child<FunctionTasks>, events: readonly object[], budgetMs = ROUND_BUDGET_MS) =>
  child.ask('run', { events, expectedStatus: 200, budgetMs });

/** Counts what a request consumes, then starts the function that is timed: straight on DynamoDB, and warm. */
async function prepare(scenario: Scenario, bundles: Bundles, database: BenchDatabase, proxies: Proxies) {
  const { withoutHashing } = scenario;
  const { counting: proxy } = proxies;
  const counted = await bundles.start(scenario.function, proxy.endpoint, { withoutHashing });
  await run(counted, await scenario.makeEvents(1));
  proxy.take();
  const { latenciesMs } = await run(counted, await scenario.makeEvents(COUNTED), 60_000);
  const { calls, reads, writes } = proxy.take();
  await counted.stop();
  const rounds = await countRounds(scenario, bundles, proxies.rounds);
  const child = await bundles.start(scenario.function, database.endpoint, { withoutHashing });
  await run(child, await scenario.makeEvents(scenario.perRound >= WARM_UP.cheap ? WARM_UP.cheap : WARM_UP.dear));
  const each = (total: number) => ratio(total, latenciesMs.length);
  const consumed = { calls: each(calls), rounds, reads: each(reads), writes: each(writes) };
  return { scenario, child, rounds: [], consumed };
}

interface Proxies {
  readonly counting: CountingProxy;
  readonly rounds: RoundsProxy;
}

/** The fewest of several requests: what else the machine does makes it more. */
async function countRounds(scenario: Scenario, bundles: Bundles, proxy: RoundsProxy): Promise<number> {
  const { withoutHashing } = scenario;
  const child = await bundles.start(scenario.function, proxy.endpoint, { withoutHashing });
  await run(child, await scenario.makeEvents(1));
  const rounds = await proxy.roundsOf(0, async () => {
    const events = await scenario.makeEvents(1);
    return () => run(child, events);
  });
  await child.stop();
  return rounds;
}

async function measureAll(rounds: number, progress: Progress): Promise<Running[]> {
  const database = await startDatabase();
  const proxies: Proxies = {
    counting: await startCountingProxy(database.endpoint),
    rounds: await startRoundsProxy(database.endpoint),
  };
  const bundles = await bundleFunctions(database.tables);
  const running: Running[] = [];
  try {
    for (const scenario of createScenarios(database)) {
      progress.step(`counting and warming up: ${scenario.name}`);
      running.push(await prepare(scenario, bundles, database, proxies));
    }
    const deadline = rounds * BUDGET_MS_PER_ROUND;
    // In rounds, so that what else the machine does falls on all alike.
    for (let round = 1; round <= rounds && (round === 1 || performance.now() < deadline); round++) {
      for (const { scenario, child, rounds: done } of running) {
        progress.step(`round ${round}: ${scenario.name}`);
        done.push(await run(child, await scenario.makeEvents(scenario.perRound)));
      }
    }
    return running;
  } finally {
    await Promise.all(running.map(({ child }) => child.stop()));
    bundles.remove();
    await Promise.all([proxies.counting.stop(), proxies.rounds.stop()]);
    await database.stop();
  }
}

function resultOf({ scenario, rounds, consumed }: Running): RequestResult {
  const latencies = summarise(
    rounds.flatMap(({ latenciesMs }) => latenciesMs),
    sum(rounds.map(({ elapsedMs }) => elapsedMs)),
  );
  const cpuMs = ratio(sum(rounds.map((round) => round.cpuMs)), latencies.count);
  const memoryMb = memorySizeOf(scenario.functionKey);
  return {
    name: scenario.name,
    functionKey: scenario.functionKey,
    memoryMb,
    ...latencies,
    cpuMs,
    ...consumed,
    dollarsPerMillion: costPerMillion({ ...consumed, durationMs: latencies.p50Ms, cpuMs, memoryMb }),
  };
}

const DOCS = new URL('../../docs/', import.meta.url);

async function writeDocs(command: string, results: readonly RequestResult[]): Promise<void> {
  await writeFile(new URL('requests-per-second.svg', DOCS), speedChart(results));
  await writeFile(new URL('million-users.svg', DOCS), costChart(results));
  await writeSection('bench:requests', requestSection(command, results));
}

async function main(): Promise<void> {
  const { rounds, json, 'write-docs': writesDocs } = options();
  exitOnSignals();
  const SCENARIOS = 8;
  const progress = createProgress('bench:requests', SCENARIOS * (rounds + 1));
  const results = (await measureAll(rounds, progress)).map(resultOf);
  process.stdout.write(`${latencyTable(results)}\n\n${costTable(results)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ requests: results }, undefined, 2)}\n`);
  const command = ['npm run bench:requests', ...(rounds === 5 ? [] : [`-- --rounds ${rounds}`])].join(' ');
  if (writesDocs) await writeDocs(command, results);
}

await main();
