// npm run bench:cold [-- --runs N] [--json FILE] [--write-docs]
import { writeFile } from 'node:fs/promises';
import { readOptions, wholeNumber } from '../fixtures/command-options.ts';
import { writeFigures, writeSection } from './benchmark-docs.ts';
import { memoryTable, type SharesByFunction, timeTable } from './cold-breakdown.ts';
import { type Contestant, prepareContest } from './cold-functions.ts';
import { checkTools, installRuntimeClient } from './cold-install.ts';
import { profileColdStart } from './cold-profile.ts';
import { type ColdReport, coldChart, coldSection, coldSummary, coldTable, FIGURES } from './cold-report.ts';
import { type ColdResult, coldMs, resultOf } from './cold-result.ts';
import { boot } from './cold-runtime.ts';
import { startDatabase } from './database.ts';
import { createProgress } from './progress.ts';
import { median } from './statistics.ts';

const USAGE = `npm run bench:cold [-- options]
    Starts each packaged function under the Lambda runtime client, in fresh processes. For comparison, it also starts a
    bare handler, one with middy, and one as SuperTokens' documentation deploys it. It needs Linux, cmake and g++.
    --runs N      processes per function (default 15)
    --json FILE   writes the results to the file
    --write-docs  writes docs/cold-start.svg, and the figures of cold starts in docs/benchmarks.md, docs/costs.md, docs/faq.md
                  and README.md`;

/** After the first: enough for a median, and for the first compilations. */
const WARM_INVOCATIONS = 25;
const CHART = new URL('../../docs/cold-start.svg', import.meta.url);

/** Of one process. */
type Sample = Omit<ColdResult, 'name' | 'zipBytes'>;

const OPTIONS = {
  runs: { type: 'string', default: '15' },
  json: { type: 'string' },
  'write-docs': { type: 'boolean', default: false },
} as const;

const options = () => readOptions(USAGE, OPTIONS, (values) => ({ ...values, runs: wholeNumber(values.runs, 'runs') }));

/** One process: its start, its first event, and the events after it. */
async function measure(client: string, contestant: Contestant): Promise<Sample> {
  const events = await contestant.makeEvents(1 + WARM_INVOCATIONS);
  const booted = await boot(client, contestant);
  try {
    const initRssBytes = await booted.peakRssBytes();
    const times: number[] = [];
    let [cpuMs, firstRssBytes] = [Number.NaN, Number.NaN];
    for (const event of events) {
      const { ms, answer } = await booted.invoke(event);
      if (answer.statusCode !== 200) throw new Error(`${contestant.name} answered ${JSON.stringify(answer)}`);
      times.push(ms);
      if (times.length === 1) [cpuMs, firstRssBytes] = [await booted.cpuMs(), await booted.peakRssBytes()];
    }
    const [firstMs = Number.NaN, ...warm] = times;
    const rssBytes = await booted.peakRssBytes();
    return { initMs: booted.initMs, firstMs, cpuMs, warmMs: median(warm), initRssBytes, firstRssBytes, rssBytes };
  } finally {
    await booted.stop();
  }
}

/** One process of each function in turn, so that whatever else the machine does falls on all alike. */
async function compete(client: string, contestants: readonly Contestant[], runs: number): Promise<ColdResult[]> {
  const progress = createProgress('bench:cold', runs + 1);
  const samples = contestants.map((): Sample[] => []);
  // The first round fills the file system's cache, and is not counted.
  for (let run = 0; run <= runs; run++) {
    progress.step(run === 0 ? 'warming up the file system' : `run ${run} of ${runs}`);
    // No function always comes after the same one.
    const order = shuffled(contestants.keys());
    for (const [index, contestant] of order.map((at) => [at, contestants[at]] as const)) {
      if (contestant === undefined) continue;
      const sample = await measure(client, contestant);
      if (run > 0) samples[index]?.push(sample);
    }
  }
  return contestants.map(({ name, zipBytes }, index) => ({ name, zipBytes, ...mediansOf(samples[index] ?? []) }));
}

function mediansOf(samples: readonly Sample[]): Sample {
  const middle = (key: keyof Sample) => Number(median(samples.map((sample) => sample[key])).toFixed(2));
  const rss = {
    initRssBytes: middle('initRssBytes'),
    firstRssBytes: middle('firstRssBytes'),
    rssBytes: middle('rssBytes'),
  };
  const times = { initMs: middle('initMs'), firstMs: middle('firstMs'), warmMs: middle('warmMs') };
  return { ...times, cpuMs: middle('cpuMs'), ...rss };
}

/** Good enough for that. */
const shuffled = <Value>(values: Iterable<Value>): Value[] =>
  [...values]
    .map((value) => ({ value, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);

async function writeDocs(report: ColdReport): Promise<void> {
  const { results } = report;
  await writeFile(CHART, coldChart(results));
  await writeSection('bench:cold', coldSection(report));
  await writeSection('bench:cold', coldSummary(results), 'docs/costs.md');
  for (const { page, text, of } of FIGURES) {
    const figures = of.map((name) => coldMs(resultOf(results, name)).toFixed(0));
    await writeFigures(page, text, figures);
  }
}

/** The functions that are profiled. */
const PROFILED = ['sessionInfo', 'refresh', 'signin'] as const;

async function profileAll(client: string, contestants: readonly Contestant[], runs: number): Promise<SharesByFunction> {
  const shares: Record<string, SharesByFunction[string]> = {};
  for (const name of PROFILED) {
    const contestant = contestants.find((candidate) => candidate.name === name);
    if (contestant === undefined) throw new Error(`There is no function ${name}`);
    shares[name] = await profileColdStart(client, contestant, runs);
  }
  return shares;
}

async function main(): Promise<void> {
  const { runs, json, 'write-docs': writesDocs } = options();
  await checkTools();
  process.stderr.write('bench:cold installing what it needs, if it is not there yet, and packaging the functions\n');
  const client = await installRuntimeClient();
  const database = await startDatabase();
  const contest = await prepareContest(database);
  try {
    const results = await compete(client, contest.contestants, runs);
    const shares = await profileAll(client, contest.contestants, runs);
    const tables = [coldTable(results), timeTable(shares), memoryTable(results, ['sessionInfo', 'signin'])];
    process.stdout.write(`${tables.join('\n\n')}\n`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ functions: results, shares }, undefined, 2)}\n`);
    const command = `npm run bench:cold -- --runs ${runs} --write-docs`;
    if (writesDocs) await writeDocs({ command, results, warmInvocations: WARM_INVOCATIONS });
  } finally {
    await contest.stop();
    await database.stop();
  }
}

await main();
